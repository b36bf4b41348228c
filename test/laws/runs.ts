/** How many runs a law gets: NFWALK_LONG=1 takes the long way. */
export const runs = (usual: number, long: number): number => (process.env.NFWALK_LONG ? long : usual);
