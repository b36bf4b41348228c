/** Longest name the kernel takes: IFNAMSIZ less its terminating zero. */
export const INTERFACE_NAME_LENGTH = 15;

/**
 * Whether a device name matches `-i`/`-o`: a trailing `+` stands for any rest, also an empty one. The name of a missing
 * device is `""`, which `+` matches and `eth0` does not.
 *
 * Source: net/netfilter/x_tables.c, ifname_compare_aligned; include/linux/netfilter/x_tables.h.
 */
export const interfaceMatches = (pattern: string, name: string): boolean =>
  pattern.endsWith("+") ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
