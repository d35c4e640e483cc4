/** Where the parts of an ASFF finding go that do not simply become snake case (Elastic's aws.securityhub_findings.*). */

import { naming } from '../aws/finding.ts'

export const names = naming(
  `
  .CompanyName                            company.name
  .FindingProviderFields                  provider_fields
  .GeneratorId                            generator.id
  .ProductArn                             product.arn
  .ProductFields                          product.fields
  .ProductName                            product.name
  .SchemaVersion                          schema.version
  .Workflow                               workflow
  .WorkflowState                          workflow.state
  RelatedFindings.ProductArn              product.arn
  Action.ActionType                       type
  Action.AwsApiCallAction                 aws_api_call
  Action.DnsRequestAction                 dns_request
  Action.NetworkConnectionAction          network_connection
  Action.PortProbeAction                  port_probe
  AwsApiCallAction.CallerType             caller.type
  AwsApiCallAction.ServiceName            service.name
  NetworkConnectionAction.ConnectionDirection direction
  RemoteIpDetails                         remote_ip
  LocalIpDetails                          local
  LocalPortDetails                        local.port
  RemotePortDetails                       remote.port
  LocalPortDetails.Port                   number
  LocalPortDetails.PortName               name
  RemotePortDetails.Port                  number
  RemotePortDetails.PortName              name
  RemoteIpDetails.IpAddressV4             ip.address_v4
  LocalIpDetails.IpAddressV4              ip.address_v4
  City.CityName                           name
  Country.CountryCode                     code
  Country.CountryName                     name
  GeoLocation                             geolocation
  GeoLocation.Lat                         latitude
  GeoLocation.Lon                         longitude
  Organization.AsnOrg                     asn_organization
  Organization.Isp                        internet_service_provider
  Organization.Org                        internet_provider
  PortProbeAction.PortProbeDetails        details
  Network.DestinationDomain               destination.domain
  Network.DestinationIpV4                 destination.ip.v4
  Network.DestinationIpV6                 destination.ip.v6
  Network.DestinationPort                 destination.port
  Network.SourceDomain                    source.domain
  Network.SourceIpV4                      source.ip.v4
  Network.SourceIpV6                      source.ip.v6
  Network.SourceMac                       source.mac
  Network.SourcePort                      source.port
  NetworkPath.ComponentId                 component.id
  NetworkPath.ComponentType               component.type
  PatchSummary.FailedCount                failed.count
  PatchSummary.InstalledCount             installed.count
  PatchSummary.InstalledOtherCount        installed.other.count
  PatchSummary.InstalledPendingReboot     installed.pending_reboot
  PatchSummary.InstalledRejectedCount     installed.rejected.count
  PatchSummary.MissingCount               missing.count
  PatchSummary.Operation                  operation.type
  PatchSummary.OperationEndTime           operation.end_time
  PatchSummary.OperationStartTime         operation.start_time
  Process.ParentPid                       parent.pid
  Vendor.VendorCreatedAt                  created_at
  Vendor.VendorSeverity                   severity
  Vendor.VendorUpdatedAt                  updated_at
  `,
  'FirstSeen LastSeen CreatedAt UpdatedAt FirstObservedAt LastObservedAt ProcessedAt OperationEndTime OperationStartTime LaunchedAt TerminatedAt VendorCreatedAt VendorUpdatedAt',
  'Asn Normalized Product',
  '.Resources .ProductFields .UserDefinedFields AwsApiCallAction.AffectedResources'
)
