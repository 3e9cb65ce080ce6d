import { expectedDifferences } from './expected-differences.ts';
import { checkFuzzSeeds, checkNameBuffers, checkPacketFiles, checkPacketTexts } from './packets.ts';
import { checkLdnsRecords, checkRdataCases, checkRecordVectors, checkServiceVectors } from './records.ts';
import { type Outcome, Suite } from './suite.ts';
import { checkExampleZones, checkNsdCases, checkZoneCases, checkZoneVerdicts } from './zones.ts';

/** What came of the wire vectors, with the differences that were expected. */
export interface WireOutcome extends Outcome {
  /** Vectors on the list of expected differences that differ indeed; neither passed nor failed. */
  readonly expected: readonly { readonly id: string; readonly rfc: string; readonly why: string }[];
}

/** Runs every vector of the kinds that are found in `folder` (see the README of the vectors). */
export async function runWire(folder: string): Promise<WireOutcome> {
  const suite = new Suite();
  checkRecordVectors(folder, suite);
  checkRdataCases(folder, suite);
  checkServiceVectors(folder, suite);
  checkLdnsRecords(folder, suite);
  checkPacketFiles(folder, suite);
  checkPacketTexts(folder, suite);
  checkNameBuffers(folder, suite);
  checkFuzzSeeds(folder, suite);
  checkZoneVerdicts(folder, suite);
  checkExampleZones(folder, suite);
  checkZoneCases(folder, suite);
  checkNsdCases(folder, suite);
  const listed = new Map(expectedDifferences.map(entry => [entry.id, entry]));
  const expected = suite.failed.map(({ id }) => listed.get(id)).filter(entry => entry !== undefined);
  return { passed: suite.passed, failed: suite.failed.filter(({ id }) => !listed.has(id)), expected };
}
