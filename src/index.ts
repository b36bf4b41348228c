export { type Parsed, type ParseOptions, parse, parseAll } from "./dump/parse.ts";
export type { DecidingRule, Decision } from "./explain/decision.ts";
export { type ExplainOptions, type Explanation, explain, type PossibleEnd } from "./explain/explain.ts";
export type { Goal } from "./explain/leads-to.ts";
export { explanationMarkdown } from "./explain/markdown.ts";
export { recordTrace } from "./explain/record.ts";
export { explanationText, type RenderOptions } from "./explain/text.ts";
export type { Trace } from "./explain/trace.ts";
export { type WhyNotAnswer, type WhyNotOptions, whyNot } from "./explain/why-not.ts";
export type { SetTable } from "./ipset/ip-set.ts";
export type { SetSpec } from "./ipset/read.ts";
export { setsText } from "./ipset/write.ts";
export { type ListOptions, toList } from "./list/write.ts";
export { type ApplicationSettings, actor, application } from "./mesh/application.ts";
export type { End } from "./mesh/end.ts";
export { type Following, followProxies, type Hop, type Proxy, sidecarProxies } from "./mesh/follow.ts";
export { type IstioIptables, istioIptables } from "./mesh/istio.ts";
export type { IstioSettings } from "./mesh/istio-config.ts";
export { istioExplanation } from "./mesh/istio-explain.ts";
export { type IstioArgs, istioSettings } from "./mesh/istio-flags.ts";
export { argsFromYaml, type YamlArgs } from "./mesh/istio-yaml.ts";
export { journey, journeys, type PossibleJourney } from "./mesh/journey.ts";
export { journeyMermaid } from "./mesh/journey-mermaid.ts";
export { journeySvg } from "./mesh/journey-svg.ts";
export { journeyText } from "./mesh/journey-text.ts";
export type {
  Journey,
  JourneyCost,
  JourneyEnd,
  JourneyHop,
  JourneyLoop,
  JourneyOptions,
} from "./mesh/journey-types.ts";
export { type KubeProxyNodeSettings, kubeProxyNode } from "./mesh/kube-proxy.ts";
export { type PodSettings, podPlace } from "./mesh/pod.ts";
export { type LoadDumps, readWorld } from "./mesh/read-world.ts";
export { type SidecarSettings, sidecar } from "./mesh/sidecar.ts";
export type {
  Accepted,
  Actor,
  ActorPort,
  Connection,
  Opening,
  Place,
  Reaction,
  Tunnel,
  World,
} from "./mesh/world.ts";
export { type ZtunnelSettings, ztunnel } from "./mesh/ztunnel.ts";
export type { PacketSpec } from "./net/packet.ts";
export type { InterfaceSpec, NetnsSpec, RouteSpec, RuleSpec, SocketSpec } from "./netns/spec.ts";
export type { Chain, Flavour, Rule, Ruleset, Table, TableName } from "./ruleset/ruleset.ts";
export { toRules, toSave } from "./save/write.ts";
export { ParseError, type Problem, problemText } from "./text/problem.ts";
export { type CounterLog, countsOf, withCounters } from "./traverse/counters.ts";
export { createNetns, type Netns } from "./traverse/netns.ts";
export { type Assumption, type Outcome, outcomes, type Sent, send, simulate } from "./traverse/outcomes.ts";
export type { Answer, SendOptions } from "./traverse/send.ts";
export type { Observer, WalkEvent } from "./traverse/trace.ts";
export type { Because, Fate, PolicyStep, RuleStep, Step, Walk } from "./traverse/walk.ts";
