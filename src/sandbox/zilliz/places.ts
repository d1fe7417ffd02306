import type { ZillizMode } from './mode.ts'
import type { ClusterKind } from './records.ts'

export interface Cloud {
  cloudId: string
  description: string
}

export interface Region {
  cloudId: string
  regionId: string
  domain: string
  supportedClusterTypes: readonly ClusterKind[]
}

const ALL_KINDS: readonly ClusterKind[] = ['free', 'serverless', 'dedicated']

const GLOBAL_CLOUDS: readonly Cloud[] = [
  { cloudId: 'aws', description: 'Amazon Web Services' },
  { cloudId: 'gcp', description: 'Google Cloud Platform' },
  { cloudId: 'azure', description: 'Microsoft Azure' },
]

const CHINA_CLOUDS: readonly Cloud[] = [
  { cloudId: 'ali', description: 'Alibaba Cloud' },
  { cloudId: 'tc', description: 'Tencent Cloud' },
]

const GLOBAL_REGIONS: readonly Region[] = [
  ...regions('aws', ALL_KINDS, [
    'aws-ap-northeast-1',
    'aws-us-west-2',
    'aws-us-east-2',
    'aws-us-east-1',
    'aws-ap-southeast-1',
    'aws-eu-central-1',
  ]),
  ...regions('gcp', ALL_KINDS, [
    'gcp-europe-west3',
    'gcp-us-central1',
    'gcp-us-east4',
    'gcp-us-west1',
    'gcp-asia-southeast1',
  ]),
  // Sources disagree about free and serverless on Azure; refusing them keeps codes 96019 and 96020 within reach.
  ...regions('azure', ['dedicated'], ['az-germanywestcentral', 'az-centralus', 'az-eastus']),
]

const CHINA_REGIONS: readonly Region[] = [
  ...regions('ali', ALL_KINDS, ['ali-cn-hangzhou', 'ali-cn-beijing', 'ali-cn-shenzhen'], '.cn'),
  ...regions('tc', ALL_KINDS, ['tc-ap-beijing', 'tc-ap-shanghai'], '.cn'),
]

export function cloudsOf(mode: ZillizMode): readonly Cloud[] {
  return mode.site === 'china' ? CHINA_CLOUDS : GLOBAL_CLOUDS
}

export function regionsOf(mode: ZillizMode): readonly Region[] {
  return mode.site === 'china' ? CHINA_REGIONS : GLOBAL_REGIONS
}

function regions(
  cloudId: string,
  supportedClusterTypes: readonly ClusterKind[],
  regionIds: readonly string[],
  suffix = '',
): Region[] {
  const domain = `api.cloud.zilliz.com${suffix}`
  return regionIds.map((regionId) => ({ cloudId, regionId, domain, supportedClusterTypes }))
}
