/** A flag of istio-iptables that changes no rule: how it runs, checks and logs. */
export interface IdleFlag {
  readonly names: readonly string[];
  /** The field of Istio's `Config` behind it, in camelCase. */
  readonly field?: string;
  readonly isSwitch: boolean;
  /** Said when the flag is there: it would do something else than write rules. */
  readonly warning?: string;
  /** Said when the flag is there, and of no weight. */
  readonly info?: string;
  /** What the tool refuses to start with. */
  readonly value?: { readonly expected: string; readonly good: RegExp };
}

const idle = (names: string, field: string, more: Partial<IdleFlag> = {}): IdleFlag => ({
  names: names.split(" "),
  field,
  isSwitch: false,
  ...more,
});

const idleSwitch = (names: string, field: string, warning?: string): IdleFlag =>
  idle(names, field, { isSwitch: true, ...(warning !== undefined && { warning }) });

const logging = (names: string, isSwitch = false): IdleFlag => ({
  names: names.split(" "),
  isSwitch,
  info: "only says how the tool logs",
});

/**
 * Sources: istio/istio, tools/istio-iptables/pkg/cmd/root.go of several releases; istio.io/istio/pkg/log for `--log_*`.
 * What values must be: strconv.ParseUint of 16 bits, time.ParseDuration, and tools/common/config/validation.go.
 */
export const IDLE_FLAGS: readonly IdleFlag[] = [
  idleSwitch("--dry-run -n", "dryRun"),
  idleSwitch("--restore-format -f", "restoreFormat"),
  idleSwitch("--skip-rule-apply", "skipRuleApply", "no rule would be written at all"),
  idleSwitch("--run-validation", "runValidation"),
  idle("--iptables-probe-port", "iptablesProbePort", {
    value: {
      expected: "a number of 16 bits",
      good: /^(?:\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])$/,
    },
  }),
  idle("--probe-timeout", "probeTimeout", {
    value: {
      expected: "a duration with its unit, such as 5s",
      good: /^[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/,
    },
  }),
  idle("--network-namespace", "networkNamespace"),
  idleSwitch("--cni-mode", "hostFilesystemPodNetwork"),
  idleSwitch("--host-nsenter-exec", "hostNSEnterExec"),
  idleSwitch("--reconcile", "reconcile"),
  idleSwitch("--cleanup-only", "cleanupOnly", "rules would be removed, none written"),
  idleSwitch("--force-apply", "forceApply"),
  idleSwitch("--native-nftables", "nativeNftables", "nftables rules would be written in place of these"),
  idleSwitch("--force-legacy-iptables", "forceLegacyIPTables"),
  idle("--force-iptables-binary", "forceIptablesBinary", {
    value: {
      expected: "iptables, iptables-nft, iptables-legacy or one of ip6tables",
      good: /^(?:ip6?tables(?:-nft|-legacy)?)?$/,
    },
  }),
  idleSwitch("--iptables-trace-logging", "traceLogging", "older releases write NFLOG rules beside these"),
  logging("--log_output_level"),
  logging("--log_as_json", true),
  logging("--log_caller"),
  logging("--log_target"),
  logging("--log_rotate"),
  logging("--log_rotate_max_age"),
  logging("--log_rotate_max_backups"),
  logging("--log_rotate_max_size"),
  logging("--log_stacktrace_level"),
  logging("--vklog"),
];
