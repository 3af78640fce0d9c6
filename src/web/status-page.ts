import { createHash } from 'node:crypto';
import { FAILURES } from '../model/run.ts';
import type { UnixSeconds } from '../model/time.ts';
import { type Fragment, html } from './html.ts';
import { formatAge, formatDuration, formatInstant } from './format-time.ts';
import type { RunStatus, TargetStatus } from '../engine/status.ts';
import { STATUS_STYLE } from './status-style.ts';
import type { Warning } from './warnings.ts';

export interface StatusPageData {
  readonly version: string;
  readonly metricsPath: string;
  readonly now: UnixSeconds;
  readonly targets: readonly TargetStatus[];
  /** Names of targets that another exporter holds. */
  readonly standby: readonly string[];
  /** Everything else that is not as it should be, or was not. */
  readonly warnings: readonly Warning[];
  /** The newest run of every job that fails, newest first. */
  readonly failing: readonly RunStatus[];
  /** Newest first. */
  readonly runs: readonly RunStatus[];
  /** True if the reader sits at this machine: only then run ids are shown. */
  readonly isLocal: boolean;
}

/** Most rows of each list of runs; `/api/v1/runs` has the others. */
const MAX_ROWS = 30;

/** Allows the page its own style and nothing else: no scripts, no other origin, no frames, no forms. */
export const CONTENT_SECURITY_POLICY = [
  `default-src 'none'`,
  `style-src 'sha256-${createHash('sha256').update(STATUS_STYLE).digest('base64')}'`,
  'img-src data:',
  `base-uri 'none'`,
  `form-action 'none'`,
  `frame-ancestors 'none'`,
].join('; ');

/** The whole status page. Every text on it is escaped: names of jobs are the vendors' words. */
export function renderStatusPage(data: StatusPageData): string {
  const { version, metricsPath, targets, failing, runs, warnings } = data;
  const live = runs.filter((run) => 'state' in run.outcome);
  const finished = runs.filter((run) => 'result' in run.outcome);
  const failures = finished.filter((run) => 'result' in run.outcome && FAILURES.includes(run.outcome.result));
  const down = targets.filter((target) => !target.up).length;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta http-equiv="refresh" content="30" />
        <title>${down > 0 ? `(${down}) ` : warnings.some(isPresent) ? '(!) ' : ''}datajobs-exporter</title>
        <link rel="icon" href="data:," />
        ${STYLE_ELEMENT}
      </head>
      <body>
        <header>
          <h1>datajobs-exporter <small>${version}</small></h1>
          <nav>
            <a href="${metricsPath}">Metrics</a><a href="/-/healthy">Health</a><a href="/-/ready">Readiness</a
            ><a href="/api/v1/targets">Targets API</a><a href="/api/v1/runs">Runs API</a>
          </nav>
        </header>
        <main>
          ${renderSummary(data)}
          <section>
            <h2>Targets</h2>
            <div class="cards">${targets.map((target) => renderTarget(target, data.now))}</div>
          </section>
          ${renderRuns('Failing now', failing, data, 'No newest run of a job is an unacknowledged failure.')}
          ${renderRuns('Last failures', failures, data, 'No failed run among those last seen.')}
          ${renderRuns('Running now', live, data, 'No run is live.')}
          ${renderRuns('Last finished', finished, data, 'No finished run has been seen yet.')}
        </main>
        <footer>Values are as of the last good poll of each target. Times are UTC.</footer>
      </body>
    </html> `.markup;
}

/** In one piece, because the policy's hash covers all text between the tags. */
const STYLE_ELEMENT = { markup: `<style>${STATUS_STYLE}</style>` } as Fragment;

type Availability = 'up' | 'down' | 'partly' | 'waiting';

const SHOWN_AVAILABILITY: Readonly<Record<Availability, { readonly colour: string; readonly word: string }>> = {
  up: { colour: 'good', word: 'up' },
  down: { colour: 'bad', word: 'not up' },
  partly: { colour: 'warn', word: 'partly read' },
  waiting: { colour: 'warn', word: 'first poll' },
};

/** `partly`: some scopes were read, or all lists were read but a later request failed; `down`: no scope was read. */
function availabilityOf({ up, outcome, scopes, scopesFailed }: TargetStatus): Availability {
  if (up) return 'up';
  if (outcome === null) return 'waiting';
  return scopesFailed < scopes ? 'partly' : 'down';
}

/** Names the part that the last poll of a partly read target did not read. */
function describeMissed({ scopes, scopesFailed }: TargetStatus): string {
  return scopesFailed > 0 ? `${scopesFailed} of ${scopes} scopes failed` : 'failed after the scopes';
}

/** The headline: `Of 5 targets: 2 not up, 1 partly read.` */
function describeAvailability(all: readonly Availability[], standby: readonly string[], hasWarnings: boolean): string {
  if (all.length === 0) return standby.length === 0 ? 'No target is configured.' : 'All targets are held elsewhere.';
  const parts = (['down', 'partly', 'waiting'] as const).flatMap((availability) => {
    const count = all.filter((other) => other === availability).length;
    return count === 0 ? [] : `${count} ${HEADLINE_WORDS[availability]}`;
  });
  if (parts.length > 0) return `Of ${all.length} targets: ${parts.join(', ')}.`;
  return hasWarnings ? 'All targets are up, but:' : 'All targets are up.';
}

const HEADLINE_WORDS = { down: 'not up', partly: 'partly read', waiting: 'waiting for the first poll' } as const;

function isPresent({ isPast }: Warning): boolean {
  return !isPast;
}

/** The box that is green only where all is well. */
function renderSummary({ targets, standby, warnings }: StatusPageData): Fragment {
  const all = targets.map(availabilityOf);
  const isWell = all.every((availability) => availability === 'up') && !warnings.some(isPresent);
  const colour = all.includes('down') ? 'bad' : isWell ? 'good' : 'warn';
  const texts = warnings.map(({ text }) => text);
  if (standby.length > 0) texts.push(`Held by another exporter, which polls and shows them: ${standby.join(', ')}.`);
  const lines = texts.map((text) => html`<li>${text}</li>`);
  return html`<div class="summary ${colour}" role="status">
    <p>${describeAvailability(all, standby, warnings.some(isPresent))}</p>
    ${
      lines.length === 0
        ? []
        : html`<ul>
            ${lines}
          </ul>`
    }
  </div>`;
}

function renderTarget(target: TargetStatus, now: UnixSeconds): Fragment {
  const scopes = target.scopesFailed === 0 ? `${target.scopes}` : `${target.scopesFailed} of ${target.scopes} failed`;
  const availability = availabilityOf(target);
  const { colour, word } = SHOWN_AVAILABILITY[availability];
  const mark = availability === 'partly' ? `${word} (${describeMissed(target)})` : word;
  return html`<article class="${colour}">
    <h3>
      ${target.name}
      <span class="mark">${mark}</span>
    </h3>
    <p class="vendor">${target.vendor}, every ${formatDuration(target.pollInterval)}</p>
    <dl>
      <div>
        <dt>Last success</dt>
        <dd>${renderAge(target.lastSuccessAt, now, 'never')}</dd>
      </div>
      <div>
        <dt>Last poll</dt>
        <dd>${target.outcome ?? '–'}</dd>
      </div>
      <div>
        <dt>Scopes</dt>
        <dd>${scopes}</dd>
      </div>
      <div>
        <dt>Jobs</dt>
        <dd>${target.jobs}</dd>
      </div>
      <div>
        <dt>Active runs</dt>
        <dd>${target.activeRuns}</dd>
      </div>
    </dl>
    ${target.problem === null ? [] : html`<p class="problem">${target.problem}</p>`}
  </article>`;
}

function renderRuns(title: string, runs: readonly RunStatus[], data: StatusPageData, none: string): Fragment {
  if (runs.length === 0)
    return html`<section>
      <h2>${title}</h2>
      <p class="none">${none}</p>
    </section>`;
  const shown = runs.slice(0, MAX_ROWS);
  const more = runs.length > shown.length ? html`<p class="none">and ${runs.length - shown.length} more</p>` : [];
  return html`<section>
    <h2>${title} <small>${runs.length}</small></h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>${title === 'Running now' ? 'State' : 'Result'}</th>
            <th>Job</th>
            <th>Target</th>
            <th>${title === 'Running now' ? 'Started' : 'Ended'}</th>
            <th class="number">Duration</th>
          </tr>
        </thead>
        <tbody>
          ${shown.map((run) => renderRun(run, data))}
        </tbody>
      </table>
    </div>
    ${more}
  </section>`;
}

function renderRun(run: RunStatus, { now, isLocal }: StatusPageData): Fragment {
  const word = 'state' in run.outcome ? run.outcome.state : run.outcome.result;
  const length = run.duration ?? ('state' in run.outcome && run.startedAt !== null ? now - run.startedAt : null);
  const name =
    run.url === null ? html`${run.jobName}` : html`<a href="${run.url}" rel="noopener noreferrer">${run.jobName}</a>`;
  const details = [run.workspace, run.jobKind, isLocal ? run.runId : ''].filter((part) => part !== '').join(' · ');
  return html`<tr>
    <td class="outcome"><span class="mark ${word}">${word}</span></td>
    <td class="job">${name}<small>${details}</small></td>
    <td class="target">${run.target}</td>
    <td class="when">${renderAge('state' in run.outcome ? run.startedAt : run.endedAt, now, '–')}</td>
    <td class="number">${length === null ? '–' : formatDuration(length)}</td>
  </tr>`;
}

function renderAge(instant: UnixSeconds | null, now: UnixSeconds, none: string): Fragment {
  if (instant === null) return html`${none}`;
  const moment = formatInstant(instant);
  return html`<time datetime="${moment}" title="${moment}">${formatAge(now - instant)}</time>`;
}
