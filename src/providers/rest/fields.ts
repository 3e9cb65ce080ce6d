import type { Rdata, RRType } from '../../dns/rrset.ts';
import { quotedStrings, wordsOf } from '../strings.ts';

/** A record as APIs hold it that keep the numbers before a name apart. */
export interface RecordFields {
  /** Addresses, names with their final dot, values of CAA, and text of TXT. */
  readonly data: string;
  readonly priority: number | null;
  readonly weight: number | null;
  readonly port: number | null;
  readonly flags: number | null;
  readonly tag: string | null;
}

/** No number at all. */
export const plainFields: Omit<RecordFields, 'data'> = {
  priority: null,
  weight: null,
  port: null,
  flags: null,
  tag: null,
};

/** The data of a record in presentation form. */
export function textOfFields(type: RRType, fields: RecordFields): string {
  const { data, priority, weight, port, flags, tag } = fields;
  switch (type) {
    case 'MX':
      return `${priority ?? 0} ${data}`;
    case 'SRV':
      return `${priority ?? 0} ${weight ?? 0} ${port ?? 0} ${data}`;
    case 'CAA':
      return `${flags ?? 0} ${tag ?? ''} ${quotedStrings(data)}`;
    case 'TXT':
      return quotedStrings(data);
    default:
      return data;
  }
}

/** What stands apart of the data of a record; `textOfFields` puts it together again where `plainText` gives the text of TXT. */
export function fieldsOf(type: RRType, data: Rdata): RecordFields {
  const words = wordsOf(data);
  const [first = '', second = '', third = '', last = ''] = words;
  switch (type) {
    case 'MX':
      return { ...plainFields, priority: Number(first), data: second };
    case 'SRV':
      return {
        ...plainFields,
        priority: Number(first),
        weight: Number(second),
        port: Number(third),
        data: last,
      };
    case 'CAA':
      return { ...plainFields, flags: Number(first), tag: second, data: third };
    case 'TXT':
      return { ...plainFields, data: words.join('') };
    default:
      return { ...plainFields, data };
  }
}

/** A name with its final dot, also where it stands without. */
export function withDot(name: string): string {
  return name.endsWith('.') ? name : `${name}.`;
}

/** A name without its final dot; the root keeps it. */
export function withoutDot(name: string): string {
  return name.length > 1 && name.endsWith('.') ? name.slice(0, -1) : name;
}
