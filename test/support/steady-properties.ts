/** The same random cases at every run, so that a green tree stays green; `PROPERTY_SEED=7 npm test` tries others. */
import { configureGlobal } from 'fast-check';

configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 20_261_122) });
