interface ImportMeta {
  /** Of Vite, whose own types would bring those of browsers: the modules whose paths fit a pattern, by their paths. */
  glob<M>(pattern: string, options: { readonly eager: true }): Record<string, M>;
}
