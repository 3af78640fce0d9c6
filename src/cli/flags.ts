/** The flags that every command shares, as the program's options parse them. */
import { InvalidArgumentError, Option } from 'commander';
import type { ListenAddress } from '../web/server.ts';
import { parseListenAddress } from './listen-address.ts';

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
/** The least severe messages that are logged. */
export type LogLevel = (typeof LOG_LEVELS)[number];

const LOG_FORMATS = ['logfmt', 'json'] as const;
/** The form of log lines. */
export type LogFormat = (typeof LOG_FORMATS)[number];

/** The flags of a command line. @see spec section 5 */
export interface Flags {
  readonly configFile: string;
  /** Addresses to listen on; empty: no HTTP at all, push only. */
  readonly listenAddresses: readonly ListenAddress[];
  /** True if an address was given, false for the default. */
  readonly isListenAddressGiven: boolean;
  readonly telemetryPath: string;
  readonly enableLifecycle: boolean;
  /** Most scrapes at a time; 0: no limit. */
  readonly maxRequests: number;
  readonly storagePath: string;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

/** @see spec section 5 */
const DEFAULT_LISTEN_ADDRESS = ':10876';

/** Creates the shared options, in the order of the help. @see spec section 5; max-requests: as node_exporter */
export function flagOptions(): readonly Option[] {
  return [
    new Option('--config.file <file>', 'configuration file').default('datajobs.yml'),
    new Option(
      '--web.listen-address <address>',
      `address to listen on, such as :9000, 127.0.0.1:9000 or [::1]:9000; may be repeated; "" for no HTTP at all (default: "${DEFAULT_LISTEN_ADDRESS}")`,
    ).argParser(collectAddress),
    new Option('--web.telemetry-path <path>', 'path of the metrics').default('/metrics').argParser(parsePath),
    new Option('--web.enable-lifecycle', 'allow to reload by PUT or POST to /-/reload').default(false),
    new Option('--web.max-requests <number>', 'scrapes at a time; 0 for no limit').default(40).argParser(parseCount),
    new Option('--storage.path <folder>', 'folder of the ledger').default('./data'),
    new Option('--log.level <level>', 'least severe messages to log').choices(LOG_LEVELS).default('info'),
    new Option('--log.format <format>', 'form of log lines').choices(LOG_FORMATS).default('logfmt'),
  ];
}

/** The flags as commander parses them: names keep their dots, dashes become capitals. */
interface ParsedOptions {
  readonly 'config.file': string;
  readonly 'web.listenAddress'?: readonly (ListenAddress | null)[];
  readonly 'web.telemetryPath': string;
  readonly 'web.enableLifecycle': boolean;
  readonly 'web.maxRequests': number;
  readonly 'storage.path': string;
  readonly 'log.level': LogLevel;
  readonly 'log.format': LogFormat;
}

/** Returns the flags of a parsed command line. */
export function toFlags(options: ParsedOptions): Flags {
  const given = options['web.listenAddress'];
  return {
    configFile: options['config.file'],
    listenAddresses: (given ?? [parseListenAddress(DEFAULT_LISTEN_ADDRESS)]).flatMap((address) => address ?? []),
    isListenAddressGiven: given !== undefined,
    telemetryPath: options['web.telemetryPath'],
    enableLifecycle: options['web.enableLifecycle'],
    maxRequests: options['web.maxRequests'],
    storagePath: options['storage.path'],
    logLevel: options['log.level'],
    logFormat: options['log.format'],
  };
}

/** Reads a whole number of 0 or more. @throws InvalidArgumentError for anything else */
export function parseCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Expected a whole number of 0 or more.');
  return Number(text);
}

function collectAddress(
  text: string,
  previous: readonly (ListenAddress | null)[] = [],
): readonly (ListenAddress | null)[] {
  const address = text === '' ? null : parseListenAddress(text);
  if (address === null && text !== '')
    throw new InvalidArgumentError('Expected an address such as :10876, 127.0.0.1:10876 or [::1]:10876.');
  const addresses = [...previous, address];
  if (addresses.length > 1 && addresses.includes(null))
    throw new InvalidArgumentError('The empty address turns HTTP off, and cannot stand beside another.');
  return addresses;
}

function parsePath(text: string): string {
  if (!/^\/[\w./~-]*$/.test(text) || /^\/(?:-|api)(?:\/|$)/.test(text))
    throw new InvalidArgumentError('Expected a path such as /metrics, outside of /-/ and /api/.');
  return text;
}
