import { caseOf } from './case.ts';
import { tellStory } from './story.ts';

const t = caseOf(Number(process.argv[2]));
const st = await tellStory(t, null);
console.log(JSON.stringify({ ...t, hidden: t.hidden.map(r => `${r.owner} ${r.type} ${r.data}`) }, null, 1));
console.log(st.jobs.map(j => [j.job, j.end, j.problem, j.processes, j.endMs / 1000]));
for (const w of st.words) if (w.includes('step-finished') || !w.startsWith('{')) console.log(w.slice(0, 400));
console.log(
  st.internet.people.made.map(m => [m.atMs, m.rrset.owner, m.rrset.type]),
  st.internet.people.redone,
);
