export type { DecidingRule, Decision } from "./explain/decision.ts";
export { type ExplainOptions, type Explanation, explain, type PossibleEnd } from "./explain/explain.ts";
export type { Goal } from "./explain/leads-to.ts";
export { explanationMarkdown } from "./explain/markdown.ts";
export { recordTrace } from "./explain/record.ts";
export { explanationText, type RenderOptions } from "./explain/text.ts";
export type { Trace } from "./explain/trace.ts";
export { type WhyNotAnswer, type WhyNotOptions, whyNot } from "./explain/why-not.ts";
export type { SetTable } from "./host/sets/ip-set.ts";
export type { SetSpec } from "./host/sets/read.ts";
export { setsText } from "./host/sets/write.ts";
export type { InterfaceSpec, RouteSpec, RuleSpec, SocketSpec } from "./host/spec.ts";
export { type Parsed, type ParseOptions, parse, parseAll } from "./iptables/dump/parse.ts";
export { type ListOptions, toList } from "./iptables/list/write.ts";
export type { Chain, Flavour, Rule, Ruleset, Table, TableName } from "./iptables/ruleset/ruleset.ts";
export { toRules, toSave } from "./iptables/save/write.ts";
export type { Accepted, Actor, ActorPort, Opening, Reaction, Tunnel } from "./mesh/actors/actor.ts";
export { type ApplicationSettings, actor, application } from "./mesh/actors/application.ts";
export { type SidecarSettings, sidecar } from "./mesh/actors/sidecar.ts";
export { type ZtunnelSettings, ztunnel } from "./mesh/actors/ztunnel.ts";
export type { IstioSettings } from "./mesh/istio/config.ts";
export { istioExplanation } from "./mesh/istio/explain.ts";
export { type IstioArgs, istioSettings } from "./mesh/istio/flags.ts";
export { type IstioIptables, istioIptables } from "./mesh/istio/iptables.ts";
export { argsFromYaml, type YamlArgs } from "./mesh/istio/yaml.ts";
export { type Following, followProxies, type Hop, type Proxy, sidecarProxies } from "./mesh/journey/follow.ts";
export { journey, journeys, type PossibleJourney } from "./mesh/journey/journey.ts";
export { journeyMermaid } from "./mesh/journey/mermaid.ts";
export { journeySvg } from "./mesh/journey/svg.ts";
export { journeyText } from "./mesh/journey/text.ts";
export type {
  Journey,
  JourneyCost,
  JourneyEnd,
  JourneyHop,
  JourneyLoop,
  JourneyOptions,
} from "./mesh/journey/types.ts";
export { type KubeProxyNodeSettings, kubeProxyNode } from "./mesh/world/kube-node.ts";
export { type PodSettings, podPlace } from "./mesh/world/pod.ts";
export { type LoadDumps, readWorld } from "./mesh/world/read.ts";
export type { Connection, Place, World } from "./mesh/world/world.ts";
export type { End } from "./net/endpoint.ts";
export type { PacketSpec } from "./net/packet-spec.ts";
export { type Counted, type CounterLog, countsOf, withCounters } from "./netns/counters.ts";
export { createNetns, type Netns } from "./netns/netns.ts";
export type { NetnsSpec } from "./netns/spec.ts";
export type { PolicyStep, RuleStep, Step } from "./program/step.ts";
export { ParseError, type Problem, problemText } from "./text/problem.ts";
export { type Assumption, type Outcome, outcomes, type Sent, send, simulate } from "./walk/outcomes.ts";
export type { Observer, WalkEvent } from "./walk/run/trace.ts";
export type { Because, Fate, Walk } from "./walk/run/walk.ts";
export type { Answer, SendOptions } from "./walk/send.ts";
