/** The URL of a path below a base, with a slash at its end: `https://acme.example/prefix` and `api` give `…/prefix/api/`. */
export function below({ href }: URL, path: string): URL {
  return new URL(`${href.replace(/\/+$/, '')}/${path}/`);
}
