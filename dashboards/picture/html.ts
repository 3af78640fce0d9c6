/** Text made safe to stand in a page. */
export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** The text that a panel shows in place of data. */
export function emptyHtml(text: string | undefined): string {
  return `<div class="empty">${escape(text ?? 'No data')}</div>`;
}
