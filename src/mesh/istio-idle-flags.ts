/** Flags of istio-iptables that change no rule: how it runs, checks and logs. */
export interface IdleFlag {
  readonly names: readonly string[];
  readonly isSwitch: boolean;
  /** Said when the flag is there: what it would do instead. */
  readonly warning?: string;
}

const idle = (names: string, isSwitch: boolean, warning?: string): IdleFlag => ({
  names: names.split(" "),
  isSwitch,
  ...(warning !== undefined && { warning }),
});

const LOGGING = "only says how the tool logs";

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
  idle("--log_output_level", false, LOGGING),
  idle("--log_as_json", true, LOGGING),
  idle("--log_caller", false, LOGGING),
  idle("--log_target", false, LOGGING),
  idle("--log_rotate", false, LOGGING),
  idle("--log_rotate_max_age", false, LOGGING),
  idle("--log_rotate_max_backups", false, LOGGING),
  idle("--log_rotate_max_size", false, LOGGING),
  idle("--log_stacktrace_level", false, LOGGING),
];
