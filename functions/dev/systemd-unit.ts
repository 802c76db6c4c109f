/** What a unit of `upquorum dev` is made of; every path is absolute. */
export interface DevService {
  /** The command and its arguments. */
  readonly command: readonly string[]
  readonly file: string
  readonly workingFolder: string
  readonly user: string
  /** Half-open checks and pings need raw sockets. */
  readonly needsRaw: boolean
  /** The longest timeout of a check: at the end the tick in progress is finished first. */
  readonly longestTimeoutMs: number
}

/** What finishing a tick takes beside its probes: the grace of local runs (2 s), delivery and a busy machine. */
const finishingSeconds = 15

/**
 * The systemd unit that keeps `upquorum dev` running on a host. Type=exec: `dev` serves no one who would have to wait
 * until it is ready. SIGTERM, which systemd sends first, ends it with 0 after the tick in progress.
 */
export function devUnit(service: DevService): string {
  const stopSeconds = Math.ceil(service.longestTimeoutMs / 1000) + finishingSeconds
  const raw = service.needsRaw
    ? ['# Half-open checks and pings need raw sockets.', 'AmbientCapabilities=CAP_NET_RAW']
    : []
  return `${[
    '[Unit]',
    `Description=upquorum dev of ${escapeSpecifiers(service.file)}`,
    'Wants=network-online.target',
    'After=network-online.target',
    '',
    '[Service]',
    'Type=exec',
    `User=${escapeSpecifiers(service.user)}`,
    `WorkingDirectory=${escapeSpecifiers(service.workingFolder)}`,
    `ExecStart=${service.command.map(quoteArgument).join(' ')}`,
    '# Secrets that the configuration names as env:NAME, one NAME=value a line; the file may be missing.',
    'EnvironmentFile=-/etc/upquorum.env',
    'Restart=always',
    'RestartSec=5',
    `TimeoutStopSec=${stopSeconds}`,
    ...raw,
    `CapabilityBoundingSet=${service.needsRaw ? 'CAP_NET_RAW' : ''}`,
    'NoNewPrivileges=yes',
    'ProtectSystem=full',
    'PrivateTmp=yes',
    'PrivateDevices=yes',
    'ProtectKernelTunables=yes',
    'ProtectControlGroups=yes',
    'UMask=0077',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  ].join('\n')}\n`
}

/** systemd.unit(5): `%` begins a specifier. */
function escapeSpecifiers(text: string): string {
  return text.replaceAll('%', '%%')
}

/** systemd.service(5), "Command lines": quotes keep spaces together, and `$` begins a variable even within them. */
function quoteArgument(text: string): string {
  const escaped = escapeSpecifiers(text)
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('$', '$$$$')
  return /^[\w./:@%+=-]+$/.test(escaped) ? escaped : `"${escaped}"`
}
