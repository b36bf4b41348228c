/** Values by text, of which those read lately are kept. */
export interface RecentTexts<T> {
  get(text: string): T | undefined;
  set(text: string, value: T): void;
}

/** Most texts of a large dump occur once: what is kept does not grow with it. */
const KEPT = 8192;

export function recentTexts<T>(): RecentTexts<T> {
  const values = new Map<string, T>();
  return {
    get: (text) => values.get(text),
    set(text, value) {
      if (values.size >= KEPT) values.clear();
      values.set(text, value);
    },
  };
}
