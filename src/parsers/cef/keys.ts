/**
 * The CEF extension dictionary (ArcSight Common Event Format, revision 25, and the keys that ArcSight's own products add):
 * key, full name and type. Keys are compared without regard to case, and full names are keys as well.
 */

export type CefType = 'string' | 'integer' | 'long' | 'double' | 'ip' | 'mac' | 'time'

export type CefKey = { readonly name: string; readonly type: CefType }

const names: Readonly<Record<CefType, string>> = {
  ip:
    'agt=agentAddress agentTranslatedAddress c6a1=deviceCustomIPv6Address1 c6a2=deviceCustomIPv6Address2 ' +
    'c6a3=deviceCustomIPv6Address3 c6a4=deviceCustomIPv6Address4 dst=destinationAddress destinationTranslatedAddress ' +
    'dvc=deviceAddress deviceTranslatedAddress src=sourceAddress sourceTranslatedAddress',
  mac: 'amac=agentMacAddress dmac=destinationMacAddress dvcmac=deviceMacAddress smac=sourceMacAddress',
  integer:
    'dpid=destinationProcessId dpt=destinationPort destinationTranslatedPort deviceDirection dvcpid=deviceProcessId ' +
    'spid=sourceProcessId spt=sourcePort sourceTranslatedPort type',
  long:
    'cnt=baseEventCount cn1=deviceCustomNumber1 cn2=deviceCustomNumber2 cn3=deviceCustomNumber3 eventId fsize=fileSize ' +
    'in=bytesIn oldFileSize out=bytesOut flexNumber1=deviceFlexNumber1 flexNumber2=deviceFlexNumber2',
  double:
    'cfp1=deviceCustomFloatingPoint1 cfp2=deviceCustomFloatingPoint2 cfp3=deviceCustomFloatingPoint3 ' +
    'cfp4=deviceCustomFloatingPoint4 dlat=destinationGeoLatitude dlong=destinationGeoLongitude slat=sourceGeoLatitude ' +
    'slong=sourceGeoLongitude',
  time:
    'art=agentReceiptTime deviceCustomDate1 deviceCustomDate2 end=endTime fileCreateTime fileModificationTime flexDate1 ' +
    'mrt=managerReceiptTime oldFileCreateTime oldFileModificationTime rt=deviceReceiptTime start=startTime',
  string:
    'act=deviceAction agentDnsDomain agentNtDomain agentTranslatedZoneExternalID agentTranslatedZoneURI ' +
    'agentZoneExternalID agentZoneURI ahost=agentHostName aid=agentId app=applicationProtocol at=agentType ' +
    'atz=agentTimeZone av=agentVersion c6a1Label=deviceCustomIPv6Address1Label c6a2Label=deviceCustomIPv6Address2Label ' +
    'c6a3Label=deviceCustomIPv6Address3Label c6a4Label=deviceCustomIPv6Address4Label cat=deviceEventCategory ' +
    'catdt=categoryDeviceType categoryBehavior categoryDeviceGroup categoryObject categoryOutcome categorySignificance ' +
    'categoryTechnique cfp1Label=deviceCustomFloatingPoint1Label cfp2Label=deviceCustomFloatingPoint2Label ' +
    'cfp3Label=deviceCustomFloatingPoint3Label cfp4Label=deviceCustomFloatingPoint4Label ' +
    'cn1Label=deviceCustomNumber1Label cn2Label=deviceCustomNumber2Label cn3Label=deviceCustomNumber3Label ' +
    'cs1=deviceCustomString1 cs1Label=deviceCustomString1Label cs2=deviceCustomString2 cs2Label=deviceCustomString2Label ' +
    'cs3=deviceCustomString3 cs3Label=deviceCustomString3Label cs4=deviceCustomString4 cs4Label=deviceCustomString4Label ' +
    'cs5=deviceCustomString5 cs5Label=deviceCustomString5Label cs6=deviceCustomString6 cs6Label=deviceCustomString6Label ' +
    'customerExternalID customerURI destinationDnsDomain destinationServiceName destinationTranslatedZoneExternalID ' +
    'destinationTranslatedZoneURI destinationZoneExternalID destinationZoneURI deviceCustomDate1Label ' +
    'deviceCustomDate2Label deviceDnsDomain deviceExternalId deviceFacility deviceInboundInterface deviceNtDomain ' +
    'deviceOutboundInterface devicePayloadId deviceProcessName deviceSeverity deviceTranslatedZoneExternalID ' +
    'deviceTranslatedZoneURI deviceZoneExternalID deviceZoneURI dhost=destinationHostName dntdom=destinationNtDomain ' +
    'dpriv=destinationUserPrivileges dproc=destinationProcessName dtz=deviceTimeZone duid=destinationUserId ' +
    'duser=destinationUserName dvchost=deviceHostName externalId fileHash fileId filePath filePermission fileType ' +
    'flexDate1Label flexString1 flexString1Label flexString2 flexString2Label flexNumber1Label=deviceFlexNumber1Label ' +
    'flexNumber2Label=deviceFlexNumber2Label fname=filename msg=message oldFileHash oldFileId oldFileName oldFilePath ' +
    'oldFilePermission oldFileType outcome=eventOutcome proto=transportProtocol rawEvent reason request=requestUrl ' +
    'requestClientApplication requestContext requestCookies requestMethod shost=sourceHostName sntdom=sourceNtDomain ' +
    'sourceDnsDomain sourceServiceName sourceTranslatedZoneExternalID sourceTranslatedZoneURI sourceZoneExternalID ' +
    'sourceZoneURI spriv=sourceUserPrivileges sproc=sourceProcessName suid=sourceUserId suser=sourceUserName'
}

const known = new Map<string, CefKey>()
for (const type of Object.keys(names) as CefType[])
  for (const entry of names[type].split(' ')) {
    const equals = entry.indexOf('=')
    const name = entry.slice(equals + 1)
    const key: CefKey = { name, type }
    if (equals > 0) {
      known.set(entry.slice(0, equals), key)
      known.set(entry.slice(0, equals).toLowerCase(), key)
    }
    known.set(name, key)
    known.set(name.toLowerCase(), key)
  }

/** Undefined for a key that is not in the dictionary. */
export function cefKey(key: string): CefKey | undefined {
  return known.get(key) ?? known.get(key.toLowerCase())
}
