import type { CreateSimulator } from './world.ts';

/**
 * The `createSimulator` of `vendors/<vendor>.ts`.
 * @throws Error when there is no such file or it exports none
 */
export async function loadSimulator(vendor: string): Promise<CreateSimulator> {
  if (!/^[a-z][a-z0-9-]*$/.test(vendor)) throw new Error(`"${vendor}" is no vendor's id`);
  // The compiler makes this `.js` where the build needs it.
  const module: unknown = await import(`./vendors/${vendor}.ts`);
  if (isSimulatorModule(module)) return module.createSimulator;
  throw new Error(`src/simulator/vendors/${vendor}.ts exports no createSimulator`);
}

function isSimulatorModule(module: unknown): module is { readonly createSimulator: CreateSimulator } {
  return (
    typeof module === 'object' &&
    module !== null &&
    'createSimulator' in module &&
    typeof module.createSimulator === 'function'
  );
}
