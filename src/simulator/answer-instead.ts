/** The faults that answer instead of the vendor, or make sure that nobody answers. */
import type { Response } from 'express';
import type { Fault } from './fault.ts';

const KINDS = ['status', 'revoked', 'hang', 'reset', 'html', 'empty'] as const;
export type AnswerFault = Extract<Fault, { readonly kind: (typeof KINDS)[number] }>;

const PAGE = '<!doctype html>\n<html><head><title>Maintenance</title></head><body><h1>Back soon</h1></body></html>\n';

/** True if the vendor's router never sees a request that the fault strikes. */
export function isAnswerFault(fault: Fault): fault is AnswerFault {
  return (KINDS as readonly string[]).includes(fault.kind);
}

/** Answers as the fault says. */
export function answerInstead(fault: AnswerFault, response: Response): void {
  switch (fault.kind) {
    case 'status':
      if (fault.retry_after !== undefined) response.set('Retry-After', String(fault.retry_after));
      response.status(fault.status).json({ message: 'The simulator was told to fail this request' });
      return;
    case 'revoked':
      response.status(401).json({ message: 'The credentials were revoked' });
      return;
    case 'hang':
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'html':
      response.status(200).type('html').send(PAGE);
      return;
    case 'empty':
      response.status(200).end();
  }
}
