/** What Istio's ports are, by number: facts of its documentation, "Ports used by Istio". */
const ISTIO_PORTS: Readonly<Record<number, string>> = {
  15000: "Envoy's admin port",
  15001: "Envoy's outbound listener (virtualOutbound)",
  15002: "the port on which the proxy listens to find failures of its start",
  15004: "the debug port of Istio's control plane behind the agent",
  15006: "Envoy's inbound listener (virtualInbound)",
  15008: "the HBONE tunnel port (mTLS over HTTP/2 CONNECT)",
  15009: "the HBONE port for secure networks",
  15020: "the Istio agent's merged metrics and health port",
  15021: "the sidecar's health check port",
  15053: "the Istio agent's DNS proxy",
  15080: "ztunnel's SOCKS proxy",
  15090: "Envoy's Prometheus metrics port",
};

/** What a port is to Istio, or undefined. */
export const istioPort = (port: number): string | undefined =>
  Object.hasOwn(ISTIO_PORTS, port) ? ISTIO_PORTS[port] : undefined;

/** `15001, Envoy's outbound listener (virtualOutbound)`, or only the number. */
export function portText(port: number): string {
  const meaning = istioPort(port);
  return meaning === undefined ? `${port}` : `${port}, ${meaning}`;
}
