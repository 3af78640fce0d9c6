/** Faults in front of any vendor's router, added and removed while it runs. */
import type { RequestHandler } from 'express';
import type { Clock } from '../model/clock.ts';
import { compileGlob } from '../model/glob.ts';
import { after, type UnixSeconds } from '../model/time.ts';
import { draw, hashText } from './draw.ts';
import { Fault, type FaultInput } from './fault.ts';
import { answerInstead, type AnswerFault, isAnswerFault } from './answer-instead.ts';
import { spoilAnswer } from './spoil-answer.ts';

/** A fault that is in force. */
interface ActiveFault {
  /** `fault-1`, `fault-2`, … in order of adding. */
  readonly id: string;
  readonly fault: Fault;
  /** The number of requests it has struck. */
  readonly struck: number;
  /** The world's time; null: until it is removed or spent. */
  readonly until: UnixSeconds | null;
}

export interface Faults {
  /** @throws ZodError naming what is wrong with the fault */
  add(fault: FaultInput): ActiveFault;
  /** In order of adding; without those that are spent or over. */
  list(): readonly ActiveFault[];
  /** One by its id, or all. */
  remove(id?: string): void;
  /** Strikes the requests to one vendor. */
  middleware(vendor: string): RequestHandler;
}

/** @param options.seed decides which requests a fault of some probability strikes */
export function createFaults({ clock, seed = 0 }: { clock: Pick<Clock, 'now'>; seed?: number | string }): Faults {
  const entries: Entry[] = [];
  let added = 0;
  const isInForce = ({ fault, struck, until }: Entry): boolean =>
    (fault.count === undefined || struck < fault.count) && (until === null || clock.now() < until);

  /** Returns the faults that strike a request, up to the first that answers it: later ones never see it. */
  function strike(vendor: string, method: string, path: string): readonly Fault[] {
    const striking: Fault[] = [];
    for (const entry of entries.filter(
      (candidate) => isInForce(candidate) && candidate.matches(vendor, method, path),
    )) {
      entry.matched++;
      if (draw(entry.seed, 'fault', entry.matched) >= entry.fault.probability) continue;
      entry.struck++;
      striking.push(entry.fault);
      if (isAnswerFault(entry.fault)) break;
    }
    return striking;
  }

  return {
    add(input) {
      const fault = Fault.parse(input);
      const id = `fault-${++added}`;
      const entry: Entry = {
        id,
        fault,
        until: fault.for === undefined ? null : after(clock.now(), fault.for),
        matches: toMatcher(fault),
        seed: hashText(id, hashText(String(seed))),
        matched: 0,
        struck: 0,
      };
      entries.push(entry);
      return toActive(entry);
    },
    list: () => entries.filter(isInForce).map(toActive),
    remove(id) {
      const kept = id === undefined ? [] : entries.filter((entry) => entry.id !== id);
      entries.splice(0, entries.length, ...kept);
    },
    middleware: (vendor) => (request, response, next) => {
      const striking = strike(vendor, request.method, request.path);
      const delay = striking.reduce((sum, fault) => sum + (fault.kind === 'latency' ? fault.delay : 0), 0);
      const answer = striking.find((fault): fault is AnswerFault => isAnswerFault(fault));
      const proceed = (): void => {
        spoilAnswer(striking, response);
        if (answer === undefined) next();
        else answerInstead(answer, response);
      };
      if (delay === 0) return proceed();
      const timer = setTimeout(proceed, delay * 1000);
      response.once('close', () => clearTimeout(timer));
    },
  };
}

interface Entry {
  readonly id: string;
  readonly fault: Fault;
  readonly until: UnixSeconds | null;
  readonly matches: (vendor: string, method: string, path: string) => boolean;
  readonly seed: number;
  /** Requests it could have struck. */
  matched: number;
  struck: number;
}

function toActive({ id, fault, struck, until }: Entry): ActiveFault {
  return { id, fault, struck, until };
}

function toMatcher(fault: Fault): Entry['matches'] {
  const matchesPath = compileGlob(fault.path);
  return (vendor, method, path) =>
    (fault.vendor ?? vendor) === vendor && (fault.method ?? method) === method && matchesPath(path);
}
