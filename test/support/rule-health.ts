import { z } from 'zod';

const Rules = z.object({
  data: z.object({
    groups: z.array(z.object({ rules: z.array(z.object({ name: z.string(), health: z.string() })) })),
  }),
});

/** Names of rules by what the Prometheus at `origin` says of their last evaluation: `ok`, `err`, or `unknown` before the first. */
export async function ruleHealth(origin: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const answer: unknown = await (await fetch(`${origin}/api/v1/rules`)).json();
  const rules = Rules.parse(answer).data.groups.flatMap((group) => group.rules);
  return Object.fromEntries(
    [...Map.groupBy(rules, ({ health }) => health)].map(([health, found]) => [health, found.map(({ name }) => name)]),
  );
}
