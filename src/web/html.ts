declare const safe: unique symbol;

/** Markup that is safe to put on a page as it stands. */
type Html = string & { readonly [safe]: true };

/** Text as markup that shows it, wherever it came from; also between the quotes of an attribute. */
function escapeHtml(text: string): Html {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;') as Html;
}

/** Markup around values: lists of markup are joined, numbers written, and text is always escaped. */
export function html(
  strings: TemplateStringsArray,
  ...values: readonly (string | number | Fragment | readonly Fragment[])[]
): Fragment {
  let markup = strings[0] ?? '';
  for (const [index, value] of values.entries()) {
    markup += toMarkup(value) + (strings[index + 1] ?? '');
  }
  return { markup: markup as Html };
}

/** A piece of a page. An object, so that no plain text can be taken for markup. */
export interface Fragment {
  readonly markup: Html;
}

function toMarkup(value: string | number | Fragment | readonly Fragment[]): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return escapeHtml(value);
  return 'markup' in value ? value.markup : value.map((fragment) => fragment.markup).join('');
}
