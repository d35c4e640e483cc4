/** Which names tell a JSON object that wraps records (`{"Records": […]}`) from one that is a record: for the cutter of streams and that of texts. */

/** Names under which exports wrap their records, in lower case. A document with a single key needs none of these. */
export const wrappers: ReadonlySet<string> = new Set(
  'records events logevents items results value entries logs messages alerts findings rows data evaluationresults'.split(
    ' '
  )
)
/** Names that mean nothing but a wrapper, whatever stands before them. */
export const sureWrappers: ReadonlySet<string> = new Set([
  'Records',
  'records',
  'logEvents',
  'Events',
  'Findings',
  'configurationItems'
])
/** What stands beside the records in a wrapper: an event that holds `events` itself is no wrapper. */
export const envelope: ReadonlySet<string> = new Set(
  (
    'nexttoken nextforwardtoken nextbackwardtoken nextlink @odata.context @odata.nextlink @odata.count responsemetadata searchedlogstreams ' +
    'messagetype owner loggroup logstream subscriptionfilters kind etag count total took page pagesize version status nextpagetoken ' +
    'timestamp requestid has_more'
  ).split(' ')
)
