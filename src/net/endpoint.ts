import { type Family, readAddress } from "./address.ts";

/** One end of a connection. */
export interface End {
  readonly address: string;
  readonly port: number;
}

export const familyOf = (address: string): Family => (address.includes(":") ? "ipv6" : "ipv4");

/** `10.244.1.10:80` or `[fd00::5]:80`; the address alone where there is no port. */
export const endText = ({ address, port }: { readonly address: string; readonly port?: number | undefined }): string =>
  port === undefined ? address : address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;

/** Reads what {@link endText} writes. @throws TypeError for anything else */
export function readEnd(text: string, what = "endpoint"): End {
  const found = /^\[(.+)\]:(\d{1,5})$/.exec(text) ?? /^([^:]+):(\d{1,5})$/.exec(text);
  if (found === null || readAddress(found[1]!) === undefined || Number(found[2]) > 65535)
    throw new TypeError(`${what}: expected address:port, got ${JSON.stringify(text)}`);
  return { address: found[1]!, port: Number(found[2]) };
}
