// Turns the ES modules that esbuild splits a program into to CommonJS, which esbuild does not split and Node loads faster.
import path from 'node:path';
import { transform } from 'esbuild';

/**
 * The CommonJS of `files`: the text of each by its path, as esbuild printed it without blanks, with the specifiers of its static imports.
 *
 * Where what is exported is assigned once, imports are copied, which costs nothing when they are used; else they are looked up with
 * every use. Throws when an import or an export is left, and when what was taken for an import is none.
 */
export async function commonJs(files) {
  const live = new Set(files.filter(isLive).map(({ file }) => file));
  const isBeside = ({ file, specifiers }) =>
    live.has(file) || specifiers.some(from => live.has(path.join(path.dirname(file), from)));
  const texts = files.map(async one => [one.file, isBeside(one) ? await lookedUp(one.text) : copied(one)]);
  return new Map((await Promise.all(texts)).map(([file, text]) => [file, withLazyRequires(text)]));
}

const exporting = /(?<=^|[;}\n])export\{([^}]*)\};?(?=\s*(?:\/\*![^*]*\*\/\s*)?$)/;

/** Whether something that is exported gets its value later, or another one. */
function isLive({ text }) {
  const names = namesIn(exporting.exec(text)?.[1] ?? '').map(([local]) => local.replaceAll('$', '\\$'));
  const isAssigned = name =>
    (text.match(new RegExp(`(?<![\\w$.])${name}=(?![=>])`, 'g')) ?? []).length > 1 &&
    !new RegExp(`(?<![\\w$.])(?:function\\*?|class) ?${name}[({ ]`).test(text);
  return text.includes('__esm({') || names.some(isAssigned);
}

async function lookedUp(text) {
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'inline',
  });
  return code;
}

const importing = /(?<=^|[;}\n])import(?:(?: ([\w$]+))?,?(?:\{([^}]*)\}|\*as ([\w$]+))? ?from)?"([^"]+)";/g;

function copied({ file, text, specifiers }) {
  const [shebang = ''] = /^#!.*\n/.exec(text) ?? [];
  const requires = [];
  const found = new Set();
  const body = text
    .slice(shebang.length)
    .replace(importing, (_, whole, named, all, from) => {
      found.add(from);
      requires.push(required({ whole, named, all, from }));
      return '';
    })
    .replace(exporting, (_, names) => {
      const members = namesIn(names).map(([local, name]) => (local === name ? name : `${name}:${local}`));
      return `module.exports={${members.join(',')}};`;
    });
  const isWhole = found.size === new Set(specifiers).size && specifiers.every(from => found.has(from));
  if (!isWhole || /(?<=^|[;}\n])(?:import|export)\b[ {*"]/.test(body)) {
    throw new Error(`${file} cannot be made CommonJS: ${[...found].join(' ')} for ${specifiers.join(' ')}`);
  }
  return `${shebang}"use strict";${requires.join('')}${body}`;
}

function required({ whole, named, all, from }) {
  const module = `require(${JSON.stringify(from)})`;
  const taken = namesIn(named ?? '').map(([name, local]) => (local === name ? name : `${name}:${local}`));
  const parts = [
    ...(whole === undefined ? [] : [`const ${whole}=${module};`]),
    ...(named === undefined ? [] : [`const{${taken.join(',')}}=${module};`]),
    ...(all === undefined ? [] : [`const ${all}=${module};`]),
  ];
  return parts.length > 0 ? parts.join('') : `${module};`;
}

/** `a as b,c` as pairs. */
function namesIn(list) {
  return list
    .split(',')
    .filter(name => name !== '')
    .map(name => {
      const [from, to = from] = name.trim().split(' as ');
      return [from, to];
    });
}

/** Loads a file of the program that is imported when needed as all others are. */
function withLazyRequires(text) {
  return text.replace(
    /\bimport\("(\.[^"]+)"\)/g,
    (_, from) => `Promise.resolve().then(()=>require(${JSON.stringify(from)}))`,
  );
}
