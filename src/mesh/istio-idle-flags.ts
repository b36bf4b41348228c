/** Flags of istio-iptables that change no rule: how it runs, checks and logs. */
export interface IdleFlag {
  readonly names: readonly string[];
  readonly isSwitch: boolean;
  /** Said when the flag is there: it would do something else than write rules. */
  readonly warning?: string;
  /** Said when the flag is there, and of no weight. */
  readonly info?: string;
}

const idle = (names: string, isSwitch: boolean, warning?: string): IdleFlag => ({
  names: names.split(" "),
  isSwitch,
  ...(warning !== undefined && { warning }),
});

const logging = (names: string, isSwitch = false): IdleFlag => ({
  names: names.split(" "),
  isSwitch,
  info: "only says how the tool logs",
});

/** Source: istio/istio, tools/istio-iptables/pkg/cmd/root.go of several releases; istio.io/istio/pkg/log for `--log_*`. */
export const IDLE_FLAGS: readonly IdleFlag[] = [
  idle("--dry-run -n", true),
  idle("--restore-format -f", true),
  idle("--skip-rule-apply", true, "no rule would be written at all"),
  idle("--run-validation", true),
  idle("--iptables-probe-port", false),
  idle("--probe-timeout", false),
  idle("--network-namespace", false),
  idle("--cni-mode", true),
  idle("--host-nsenter-exec", true),
  idle("--reconcile", true),
  idle("--cleanup-only", true, "rules would be removed, none written"),
  idle("--force-apply", true),
  idle("--native-nftables", true, "nftables rules would be written in place of these"),
  idle("--force-legacy-iptables", true),
  idle("--force-iptables-binary", false),
  idle("--iptables-trace-logging", true, "older releases write NFLOG rules beside these"),
  logging("--log_output_level"),
  logging("--log_as_json", true),
  logging("--log_caller"),
  logging("--log_target"),
  logging("--log_rotate"),
  logging("--log_rotate_max_age"),
  logging("--log_rotate_max_backups"),
  logging("--log_rotate_max_size"),
  logging("--log_stacktrace_level"),
];
