/** How many runs a law gets: NFWALK_LONG=1 takes the long way. */
export const runs = (usual: number, long: number): number => (process.env.NFWALK_LONG ? long : usual);

/** In milliseconds: time for the long way on a machine that has other things to do. */
export const TIMEOUT: number = runs(60_000, 900_000);
