/** Where the parts of a GuardDuty finding go that do not simply become snake case (Elastic's aws.guardduty.*). */

import { naming } from '../aws/finding.ts'

export const names = naming(
  `
  accessKeyDetails.accessKeyId            accesskey_id
  accessKeyDetails.userType               user.type
  accessKeyDetails.userName               user.name
  containerDetails.image                  image.value
  containerDetails.imagePrefix            image.prefix
  containers.image                        image.value
  containers.imagePrefix                  image.prefix
  scannedVolumeDetails.kmsKeyArn          kmskey_arn
  scannedVolumeDetails.volumeArn          volume.arn
  scannedVolumeDetails.volumeSizeInGB     volume.size_in_gb
  scannedVolumeDetails.volumeType         volume.type
  skippedVolumeDetails.kmsKeyArn          kmskey_arn
  skippedVolumeDetails.volumeArn          volume.arn
  skippedVolumeDetails.volumeSizeInGB     volume.size_in_gb
  skippedVolumeDetails.volumeType         volume.type
  taskDetails.definitionArn               definitionarn
  eksClusterDetails.vpcId                 vpcid
  instanceDetails.iamInstanceProfile      iaminstance_profile
  instanceDetails.imageDescription        image.description
  instanceDetails.imageId                 image.id
  instanceDetails.instanceId              instance.id
  instanceDetails.instanceState           instance.state
  instanceDetails.instanceType            instance.type
  networkInterfaces.privateDnsName        private.dns_name
  networkInterfaces.privateIpAddress      private.ip_address
  networkInterfaces.privateIpAddresses    private.ip_addresses
  networkInterfaces.publicDnsName         public.dns_name
  networkInterfaces.publicIp              public.ip
  privateIpAddresses.privateIpAddress     private.ip_address
  privateIpAddresses.privateDnsName       private.dns_name
  securityGroups.groupId                  group.id
  securityGroups.groupName                group.name
  productCodes.productCodeId              product_code.id
  productCodes.productCodeType            product_code.type
  kubernetesUserDetails.username          user_name
  kubernetesWorkloadDetails.namespace     name_space
  resource.rdsDbInstanceDetails           rdsdb_instance_details
  resource.rdsDbUserDetails               rdsdb_user_details
  resource.resourceType                   type
  rdsDbInstanceDetails.dbInstanceIdentifier instance_identifier
  rdsDbInstanceDetails.dbClusterIdentifier  cluster_identifier
  rdsDbInstanceDetails.dbInstanceArn        instance_arn
  defaultServerSideEncryption.kmsMasterKeyArn kms_masterkey_arn
  action.actionType                       type
  city.cityName                           name
  country.countryCode                     code
  country.countryName                     name
  organization.asnOrg                     asnorg
  kubernetesApiCallAction.sourceIPs       source_ips
  networkConnectionAction.protocol        transport
  localPortDetails.port                   port.value
  localPortDetails.portName               port.name
  remotePortDetails.port                  port.value
  remotePortDetails.portName              port.name
  ebsVolumeScanDetails.scanCompletedAt    scan.completed_at
  ebsVolumeScanDetails.scanStartedAt      scan.started_at
  ebsVolumeScanDetails.scanDetections     scan.detections
  ebsVolumeScanDetails.scanId             scan.id
  filePaths.fileName                      file.name
  filePaths.filePath                      file.path
  service.eventFirstSeen                  event.first_seen
  service.eventLastSeen                   event.last_seen
  threatIntelligenceDetails.threatListName threat.list_name
  threatIntelligenceDetails.threatNames   threat.names
  context.ldPreloadValue                  ld_preload
  .severity                               severity.code
  `,
  'createdAt updatedAt startedAt launchTime eventFirstSeen eventLastSeen scanStartedAt scanCompletedAt modifiedAt startTime',
  'schemaVersion engineVersion ianaProtocolNumber',
  'tags additionalInfo affectedResources publicAccess lineage modifyingProcess targetProcess'
)
