import { UserData } from 'aws-cdk-lib/aws-ec2'
import type { Asset } from 'aws-cdk-lib/aws-s3-assets'
import { withoutNode } from './runner-bundle.ts'
import { runnerFolder, runnerService, runnerUnit } from './runner-unit.ts'

/**
 * The commands that a runner's machine executes on its first boot. It downloads only the bundle; the AWS CLI and Python
 * are part of Amazon Linux 2023. Python's zipfile drops the execute permission, hence the chmod. `systemctl enable
 * --now` waits until the runner is ready (see runner-unit.ts).
 */
export function bootRunner(
  bundle: Asset,
  region: string,
  environment: Readonly<Record<string, string>>,
): UserData {
  const boot = UserData.forLinux({ shebang: '#!/bin/bash\nset -euo pipefail' })
  const archive = '/var/tmp/upquorum.zip'
  boot.addCommands(
    `aws s3 cp --no-progress --region ${region} '${bundle.s3ObjectUrl}' ${archive}`,
    `python3 -m zipfile -e ${archive} ${runnerFolder}`,
    `rm ${archive}`,
    `[ -f ${runnerFolder}/bin/node ] || { echo 'upquorum: ${withoutNode}' >&2; exit 1; }`,
    `chmod 755 ${runnerFolder}/bin/node`,
    `cat > /etc/systemd/system/${runnerService} <<'UNIT'\n${runnerUnit(environment)}UNIT`,
    'systemctl daemon-reload',
    `systemctl enable --now ${runnerService}`,
  )
  return boot
}
