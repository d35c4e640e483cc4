/**
 * The information elements of IPFIX and NetFlow version 9 (which share their numbers), by number, with their types.
 * Source: the IANA registry "IPFIX Information Elements" (RFC 7012), RFC 5103 for reverse elements, Cisco's numbers of NSEL.
 */

/** u: unsigned (any length), i: signed, f: float, b: boolean, 4, 6: addresses, m: MAC, s: string, o: octets, S M U N: times. */
export type ElementType = 'u' | 'i' | 'f' | 'b' | '4' | '6' | 'm' | 's' | 'o' | 'S' | 'M' | 'U' | 'N'

export type Element = { readonly name: string; readonly type: ElementType }

/** In order, from 1; `-` is reserved. Without `:type` an element is unsigned. */
const registry =
  'octetDeltaCount packetDeltaCount deltaFlowCount protocolIdentifier ipClassOfService tcpControlBits sourceTransportPort ' +
  'sourceIPv4Address:4 sourceIPv4PrefixLength ingressInterface destinationTransportPort destinationIPv4Address:4 ' +
  'destinationIPv4PrefixLength egressInterface ipNextHopIPv4Address:4 bgpSourceAsNumber bgpDestinationAsNumber ' +
  'bgpNextHopIPv4Address:4 postMCastPacketDeltaCount postMCastOctetDeltaCount flowEndSysUpTime flowStartSysUpTime ' +
  'postOctetDeltaCount postPacketDeltaCount minimumIpTotalLength maximumIpTotalLength sourceIPv6Address:6 ' +
  'destinationIPv6Address:6 sourceIPv6PrefixLength destinationIPv6PrefixLength flowLabelIPv6 icmpTypeCodeIPv4 igmpType ' +
  'samplingInterval samplingAlgorithm flowActiveTimeout flowIdleTimeout engineType engineId exportedOctetTotalCount ' +
  'exportedMessageTotalCount exportedFlowRecordTotalCount ipv4RouterSc:4 sourceIPv4Prefix:4 destinationIPv4Prefix:4 ' +
  'mplsTopLabelType mplsTopLabelIPv4Address:4 samplerId samplerMode samplerRandomInterval classId minimumTTL maximumTTL ' +
  'fragmentIdentification postIpClassOfService sourceMacAddress:m postDestinationMacAddress:m vlanId postVlanId ipVersion ' +
  'flowDirection ipNextHopIPv6Address:6 bgpNextHopIPv6Address:6 ipv6ExtensionHeaders - - - - - mplsTopLabelStackSection:o ' +
  'mplsLabelStackSection2:o mplsLabelStackSection3:o mplsLabelStackSection4:o mplsLabelStackSection5:o mplsLabelStackSection6:o ' +
  'mplsLabelStackSection7:o mplsLabelStackSection8:o mplsLabelStackSection9:o mplsLabelStackSection10:o destinationMacAddress:m ' +
  'postSourceMacAddress:m interfaceName:s interfaceDescription:s samplerName:s octetTotalCount packetTotalCount flagsAndSamplerId ' +
  'fragmentOffset forwardingStatus mplsVpnRouteDistinguisher:o mplsTopLabelPrefixLength srcTrafficIndex dstTrafficIndex ' +
  'applicationDescription:s applicationId:o applicationName:s - postIpDiffServCodePoint multicastReplicationFactor className:s ' +
  'classificationEngineId layer2packetSectionOffset layer2packetSectionSize layer2packetSectionData:o - - - - - - - - - - - - - - - - - ' +
  '- - - - - - bgpNextAdjacentAsNumber bgpPrevAdjacentAsNumber exporterIPv4Address:4 exporterIPv6Address:6 droppedOctetDeltaCount ' +
  'droppedPacketDeltaCount droppedOctetTotalCount droppedPacketTotalCount flowEndReason commonPropertiesId observationPointId ' +
  'icmpTypeCodeIPv6 mplsTopLabelIPv6Address:6 lineCardId portId meteringProcessId exportingProcessId templateId wlanChannelId ' +
  'wlanSSID:s flowId observationDomainId flowStartSeconds:S flowEndSeconds:S flowStartMilliseconds:M flowEndMilliseconds:M ' +
  'flowStartMicroseconds:U flowEndMicroseconds:U flowStartNanoseconds:N flowEndNanoseconds:N flowStartDeltaMicroseconds ' +
  'flowEndDeltaMicroseconds systemInitTimeMilliseconds:M flowDurationMilliseconds flowDurationMicroseconds observedFlowTotalCount ' +
  'ignoredPacketTotalCount ignoredOctetTotalCount notSentFlowTotalCount notSentPacketTotalCount notSentOctetTotalCount ' +
  'destinationIPv6Prefix:6 sourceIPv6Prefix:6 postOctetTotalCount postPacketTotalCount flowKeyIndicator postMCastPacketTotalCount ' +
  'postMCastOctetTotalCount icmpTypeIPv4 icmpCodeIPv4 icmpTypeIPv6 icmpCodeIPv6 udpSourcePort udpDestinationPort tcpSourcePort ' +
  'tcpDestinationPort tcpSequenceNumber tcpAcknowledgementNumber tcpWindowSize tcpUrgentPointer tcpHeaderLength ipHeaderLength ' +
  'totalLengthIPv4 payloadLengthIPv6 ipTTL nextHeaderIPv6 mplsPayloadLength ipDiffServCodePoint ipPrecedence fragmentFlags ' +
  'octetDeltaSumOfSquares octetTotalSumOfSquares mplsTopLabelTTL mplsLabelStackLength mplsLabelStackDepth mplsTopLabelExp ' +
  'ipPayloadLength udpMessageLength isMulticast ipv4IHL ipv4Options tcpOptions paddingOctets:o collectorIPv4Address:4 ' +
  'collectorIPv6Address:6 exportInterface exportProtocolVersion exportTransportProtocol collectorTransportPort exporterTransportPort ' +
  'tcpSynTotalCount tcpFinTotalCount tcpRstTotalCount tcpPshTotalCount tcpAckTotalCount tcpUrgTotalCount ipTotalLength ' +
  'postNATSourceIPv4Address:4 postNATDestinationIPv4Address:4 postNAPTSourceTransportPort postNAPTDestinationTransportPort ' +
  'natOriginatingAddressRealm natEvent initiatorOctets responderOctets firewallEvent ingressVRFID egressVRFID VRFname:s ' +
  'postMplsTopLabelExp tcpWindowScale biflowDirection ethernetHeaderLength ethernetPayloadLength ethernetTotalLength dot1qVlanId ' +
  'dot1qPriority dot1qCustomerVlanId dot1qCustomerPriority metroEvcId:s metroEvcType pseudoWireId pseudoWireType ' +
  'pseudoWireControlWord ingressPhysicalInterface egressPhysicalInterface postDot1qVlanId postDot1qCustomerVlanId ethernetType ' +
  'postIpPrecedence collectionTimeMilliseconds:M exportSctpStreamId maxExportSeconds:S maxFlowEndSeconds:S messageMD5Checksum:o ' +
  'messageScope minExportSeconds:S minFlowStartSeconds:S opaqueOctets:o sessionScope maxFlowEndMicroseconds:U maxFlowEndMilliseconds:M ' +
  'maxFlowEndNanoseconds:N minFlowStartMicroseconds:U minFlowStartMilliseconds:M minFlowStartNanoseconds:N collectorCertificate:o ' +
  'exporterCertificate:o dataRecordsReliability:b observationPointType newConnectionDeltaCount connectionSumDurationSeconds ' +
  'connectionTransactionId postNATSourceIPv6Address:6 postNATDestinationIPv6Address:6 natPoolId natPoolName:s anonymizationFlags ' +
  'anonymizationTechnique informationElementIndex p2pTechnology:s tunnelTechnology:s encryptedTechnology:s basicList:o ' +
  'subTemplateList:o subTemplateMultiList:o bgpValidityState IPSecSPI greKey natType initiatorPackets responderPackets ' +
  'observationDomainName:s selectionSequenceId selectorId informationElementId selectorAlgorithm samplingPacketInterval ' +
  'samplingPacketSpace samplingTimeInterval samplingTimeSpace samplingSize samplingPopulation samplingProbability:f dataLinkFrameSize ' +
  'ipHeaderPacketSection:o ipPayloadPacketSection:o dataLinkFrameSection:o mplsLabelStackSection:o mplsPayloadPacketSection:o ' +
  'selectorIdTotalPktsObserved selectorIdTotalPktsSelected absoluteError:f relativeError:f observationTimeSeconds:S ' +
  'observationTimeMilliseconds:M observationTimeMicroseconds:U observationTimeNanoseconds:N digestHashValue hashIPPayloadOffset ' +
  'hashIPPayloadSize hashOutputRangeMin hashOutputRangeMax hashSelectedRangeMin hashSelectedRangeMax hashDigestOutput:b ' +
  'hashInitialiserValue selectorName:s upperCILimit:f lowerCILimit:f confidenceLevel:f informationElementDataType ' +
  'informationElementDescription:s informationElementName:s informationElementRangeBegin informationElementRangeEnd ' +
  'informationElementSemantics informationElementUnits privateEnterpriseNumber virtualStationInterfaceId:o virtualStationInterfaceName:s ' +
  'virtualStationUUID:o virtualStationName:s layer2SegmentId layer2OctetDeltaCount layer2OctetTotalCount ' +
  'ingressUnicastPacketTotalCount ingressMulticastPacketTotalCount ingressBroadcastPacketTotalCount egressUnicastPacketTotalCount ' +
  'egressBroadcastPacketTotalCount monitoringIntervalStartMilliSeconds:M monitoringIntervalEndMilliSeconds:M portRangeStart portRangeEnd ' +
  'portRangeStepSize portRangeNumPorts staMacAddress:m staIPv4Address:4 wtpMacAddress:m ingressInterfaceType egressInterfaceType ' +
  'rtpSequenceNumber userName:s applicationCategoryName:s applicationSubCategoryName:s applicationGroupName:s originalFlowsPresent ' +
  'originalFlowsInitiated originalFlowsCompleted distinctCountOfSourceIPAddress distinctCountOfDestinationIPAddress ' +
  'distinctCountOfSourceIPv4Address distinctCountOfDestinationIPv4Address distinctCountOfSourceIPv6Address ' +
  'distinctCountOfDestinationIPv6Address valueDistributionMethod rfc3550JitterMilliseconds rfc3550JitterMicroseconds ' +
  'rfc3550JitterNanoseconds dot1qDEI:b dot1qCustomerDEI:b flowSelectorAlgorithm flowSelectedOctetDeltaCount flowSelectedPacketDeltaCount ' +
  'flowSelectedFlowDeltaCount selectorIDTotalFlowsObserved selectorIDTotalFlowsSelected samplingFlowInterval samplingFlowSpacing ' +
  'flowSamplingTimeInterval flowSamplingTimeSpacing hashFlowDomain transportOctetDeltaCount transportPacketDeltaCount ' +
  'originalExporterIPv4Address:4 originalExporterIPv6Address:6 originalObservationDomainId intermediateProcessId ' +
  'ignoredDataRecordTotalCount dataLinkFrameType sectionOffset sectionExportedOctets dot1qServiceInstanceTag:o dot1qServiceInstanceId ' +
  'dot1qServiceInstancePriority dot1qCustomerSourceMacAddress:m dot1qCustomerDestinationMacAddress:m - postLayer2OctetDeltaCount ' +
  'postMCastLayer2OctetDeltaCount - postLayer2OctetTotalCount postMCastLayer2OctetTotalCount minimumLayer2TotalLength ' +
  'maximumLayer2TotalLength droppedLayer2OctetDeltaCount droppedLayer2OctetTotalCount ignoredLayer2OctetTotalCount ' +
  'notSentLayer2OctetTotalCount layer2OctetDeltaSumOfSquares layer2OctetTotalSumOfSquares layer2FrameDeltaCount layer2FrameTotalCount ' +
  'pseudoWireDestinationIPv4Address:4 ignoredLayer2FrameTotalCount mibObjectValueInteger:i mibObjectValueOctetString:o mibObjectValueOID:o ' +
  'mibObjectValueBits:o mibObjectValueIPAddress:4 mibObjectValueCounter mibObjectValueGauge mibObjectValueTimeTicks ' +
  'mibObjectValueUnsigned mibObjectValueTable:o mibObjectValueRow:o mibObjectIdentifier:o mibSubIdentifier mibIndexIndicator ' +
  'mibCaptureTimeSemantics mibContextEngineID:o mibContextName:s mibObjectName:s mibObjectDescription:s mibObjectSyntax:s ' +
  'mibModuleName:s mobileIMSI:s mobileMSISDN:s httpStatusCode sourceTransportPortsLimit httpRequestMethod:s httpRequestHost:s ' +
  'httpRequestTarget:s httpMessageVersion:s natInstanceID internalAddressRealm:o externalAddressRealm:o natQuotaExceededEvent ' +
  'natThresholdEvent httpUserAgent:s httpContentType:s httpReasonPhrase:s maxSessionEntries maxBIBEntries maxEntriesPerUser ' +
  'maxSubscribers maxFragmentsPendingReassembly addressPoolHighThreshold addressPoolLowThreshold addressPortMappingHighThreshold ' +
  'addressPortMappingLowThreshold addressPortMappingPerUserHighThreshold globalAddressMappingHighThreshold vpnIdentifier:o'

/** Cisco's, in version 9: ASA's NetFlow Secure Event Logging. */
const cisco: readonly (readonly [number, string])[] = [
  [33000, 'ingressAclID:o'],
  [33001, 'egressAclID:o'],
  [33002, 'fwExtEvent'],
  [40000, 'username:s'],
  [40001, 'xlateSourceAddressIPv4:4'],
  [40002, 'xlateDestinationAddressIPv4:4'],
  [40003, 'xlateSourcePort'],
  [40004, 'xlateDestinationPort'],
  [40005, 'fwEvent']
]

const elements = new Map<number, Element>()
registry.split(' ').forEach((text, i) => {
  if (text !== '-') elements.set(i + 1, element(text))
})
for (const [id, text] of cisco) elements.set(id, element(text))

function element(text: string): Element {
  const colon = text.indexOf(':')
  const name = colon < 0 ? text : text.slice(0, colon)
  return { name: snakeCase(name), type: colon < 0 ? 'u' : (text.slice(colon + 1) as ElementType) }
}

/** `sourceIPv4Address` → `source_ipv4_address`, as Elastic's integration names them. */
function snakeCase(name: string): string {
  return name
    .replace('IPv', 'Ipv')
    .replace('MCast', 'Mcast')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
}

/** RFC 5103: with this number for an enterprise, an element speaks of the flow's other direction. */
const reverseEnterprise = 29305

export function elementOf(id: number, enterprise: number): Element | undefined {
  if (enterprise === 0) return elements.get(id)
  if (enterprise !== reverseEnterprise) return undefined
  const forward = elements.get(id)
  return forward === undefined ? undefined : { name: `reverse_${forward.name}`, type: forward.type }
}
