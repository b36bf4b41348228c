/** A bucket of credit, in the units of its caller; full at the start. */
export interface Bucket {
  readonly credit: number;
  /** When the credit was counted, in the same units. */
  readonly at: number;
}

/** Fills a bucket for the time that has passed, up to `cap`, and takes `cost` out if it holds that much. */
export function draw(
  bucket: Bucket | undefined,
  now: number,
  { cost, cap }: { readonly cost: number; readonly cap: number },
): { readonly bucket: Bucket; readonly enough: boolean } {
  const credit = bucket === undefined ? cap : Math.min(cap, bucket.credit + Math.max(0, now - bucket.at));
  const enough = credit >= cost;
  return { bucket: { credit: enough ? credit - cost : credit, at: now }, enough };
}
