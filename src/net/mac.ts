/** `00:11:22:aa:bb:cc`. */
export const macText = (value: number): string => (value.toString(16).padStart(12, "0").match(/../g) ?? []).join(":");

/** A MAC address as its 48 bits; NaN for what is none. */
export const macNumber = (text: string): number =>
  /^[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}$/i.test(text)
    ? text.split(":").reduce((sum, byte) => sum * 256 + Number.parseInt(byte, 16), 0)
    : Number.NaN;
