import { z } from 'zod';

/**
 * A list of a vendor's settings that may be left out, and in which no entry may stand twice.
 * @param identityOf the same for two entries that mean the same; without it, that is all that they say
 */
export function listOfDifferent<Entry extends z.ZodType>(
  entry: Entry,
  identityOf: (entry: z.output<Entry>) => string = (one) => JSON.stringify(one),
): z.ZodDefault<z.ZodArray<Entry>> {
  return z
    .array(entry)
    .superRefine((entries, context) => {
      const identities = entries.map(identityOf);
      for (const [index, identity] of identities.entries())
        if (identities.indexOf(identity) < index)
          context.addIssue({ code: 'custom', path: [index], message: 'is listed twice' });
    })
    .default([]);
}
