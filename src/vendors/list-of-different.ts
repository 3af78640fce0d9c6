import { z } from 'zod';

/**
 * A list of a vendor's settings in which no entry may stand twice.
 * @param identityOf the same for two entries that mean the same
 */
export function listOfDifferent<Entry extends z.ZodType>(
  entry: Entry,
  identityOf: (entry: z.output<Entry>) => string,
): z.ZodArray<Entry> {
  return z.array(entry).superRefine((entries, context) => {
    const identities = entries.map(identityOf);
    for (const [index, identity] of identities.entries())
      if (identities.indexOf(identity) < index)
        context.addIssue({ code: 'custom', path: [index], message: 'is listed twice' });
  });
}
