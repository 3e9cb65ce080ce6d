export { resumeRun, startRun } from './apply/apply.ts';
export type { ApplyEvent, ApplyOptions, Until } from './apply/context.ts';
export {
  type Journal,
  type JournalEvent,
  type RunState,
  runStateOf,
  type StepResult,
} from './apply/journal.ts';
export { type AuditOptions, type AuditSink, audit } from './audit/audit.ts';
export { cutsOfZoneFile, namesOf, namesOfLines } from './audit/sources.ts';
export type { Finding, FindingCode, Severity } from './checks/finding.ts';
export { judge } from './checks/judge.ts';
export { judgeDnssec } from './checks/judge-dnssec.ts';
export { nameFromUser, unicodeOf } from './dns/idn.ts';
export { type Name, parseName } from './dns/name.ts';
export type { Rdata, RRset, RRType } from './dns/rrset.ts';
export { listRuns, type OpenJournal, openJournal, type RunRecord, readRun } from './engine/journal-file.ts';
export { type ErrorCode, isZonecutError, ZonecutError } from './error.ts';
export { type Adoption, type AdoptOptions, planAdopt } from './plan/adopt.ts';
export { planDelegate } from './plan/delegate.ts';
export type { DelegateOptions } from './plan/delegate-options.ts';
export { parsePlanFile, printPlanFile } from './plan/file.ts';
export { planMove } from './plan/move.ts';
export type { MoveOptions } from './plan/move-ground.ts';
export type { Action, Bound, Plan, Step } from './plan/plan.ts';
export { checkRails } from './plan/rails.ts';
export { planJsonSchema } from './plan/schema.ts';
export { planUndelegate, type UndelegateOptions } from './plan/undelegate.ts';
export type { Driver, Settings } from './providers/driver.ts';
export type { Capabilities, HostedZone, Provider, RRsetChange, ZoneSnapshot } from './providers/provider.ts';
export { driverNamed, drivers } from './providers/registry.ts';
export { ianaRootHints, parseRootHints, type RootHints } from './resolver/hints.ts';
export { createResolver, type Resolver } from './resolver/resolver.ts';
export { type Trace, traceName } from './resolver/trace.ts';
export { judgeTrace, type TraceSecurity } from './resolver/trace-security.ts';
export { ianaTrustAnchors, parseTrustAnchors, type TrustAnchors } from './resolver/trust-anchors.ts';
export { type Internet, startInternet } from './sandbox/internet.ts';
export type { Net } from './survey/ask.ts';
export { type Proof, proveCut } from './survey/proof.ts';
export { type CutSurvey, surveyCut } from './survey/survey.ts';
export { version } from './version.ts';
export { nodeTransport, nodeWorld } from './world/node.ts';
export { nodePrograms } from './world/program.ts';
export type { Clock, Http, Random, Transport, Wait, World } from './world/world.ts';
