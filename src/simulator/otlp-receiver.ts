/** A small OTLP receiver for the demo and for drills: it keeps the last request and shows it. */
import { type ErrorRequestHandler, raw, Router } from 'express';
import { z } from 'zod';

/** Of one request, unpacked: some 30 times what the demo pushes. */
const LARGEST_BODY = '16mb';
/** @see https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto (read 2026-11-26) */
const INVALID_ARGUMENT = 3;

/** As much of an ExportMetricsServiceRequest as tells it from other JSON; what is not named here is kept as it came. */
const Metrics = z.looseObject({ metrics: z.array(z.looseObject({ name: z.string().min(1) })).default([]) });
const ExportRequest = z.looseObject({
  resourceMetrics: z.array(z.looseObject({ scopeMetrics: z.array(Metrics).default([]) })).default([]),
});

/**
 * Routes of `/v1/metrics`: `POST` takes metrics as `http/json`, also packed with gzip, and answers as the protocol
 * says; `GET` answers `{ "requests": 12, "last": { "resourceMetrics": […] } }`, where `last` is null before the first.
 * It does not tell senders apart: of a push in several requests, it keeps the last.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp-response (read 2026-11-26)
 */
export function createOtlpReceiver(): Router {
  const router = Router();
  let requests = 0;
  /** As text, which takes a tenth of the memory that its objects would. */
  let last: Buffer | null = null;

  router
    .route('/v1/metrics')
    .get((_request, response) => {
      const body: unknown = last === null ? null : JSON.parse(last.toString());
      response.type('json').send(`${JSON.stringify({ requests, last: body }, null, 2)}\n`);
    })
    .post(raw({ type: 'application/json', limit: LARGEST_BODY }), (request, response) => {
      if (!Buffer.isBuffer(request.body)) {
        refuse(response, 415, 'This receiver takes JSON alone: push with the protocol http/json');
        return;
      }
      ExportRequest.parse(JSON.parse(request.body.toString()));
      requests += 1;
      last = request.body;
      response.json({});
    });
  router.use('/v1/metrics', answerBadRequest);
  return router;
}

const answerBadRequest: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (error instanceof z.ZodError) refuse(response, 400, z.prettifyError(error));
  else if (error instanceof SyntaxError) refuse(response, 400, 'The body is not JSON');
  else if (isHttpError(error)) refuse(response, error.status, error.message);
  else next(error);
};

/** A google.rpc.Status, as the protocol wants of every refusal. */
function refuse(response: Parameters<ErrorRequestHandler>[2], status: number, message: string): void {
  response.status(status).json({ code: INVALID_ARGUMENT, message });
}

/** True for the errors of reading a body: too large, badly packed, broken off. */
function isHttpError(error: unknown): error is Error & { readonly status: number } {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' && error.status < 500;
}
