/** What is known of a topic: `<topic>/topic.json`. If it is lost or damaged, its partitions are still there to be counted. */
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Retention } from '../../core/bus.ts'
import { syncFolder } from './disk.ts'
import type { BusLog } from './recover.ts'
import { replaceFile } from './replace-file.ts'

export type TopicInfo = { readonly partitions: number; readonly retention: Retention | undefined }

/** The partitions' folders come first, so that whoever reads the file finds them. */
export async function saveTopic(folder: string, topic: string, info: TopicInfo): Promise<void> {
  const topicFolder = join(folder, topic)
  await mkdir(topicFolder, { recursive: true })
  for (let i = 0; i < info.partitions; i += 1) await mkdir(join(topicFolder, String(i)), { recursive: true })
  await replaceFile(join(topicFolder, 'topic.json'), JSON.stringify(info))
  await syncFolder(folder)
}

export async function loadTopics(folder: string, log: BusLog | undefined): Promise<Map<string, TopicInfo>> {
  const topics = new Map<string, TopicInfo>()
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue
    const info = await loadTopic(join(folder, entry.name), log)
    if (info.partitions > 0) topics.set(entry.name, info)
  }
  return topics
}

async function loadTopic(topicFolder: string, log: BusLog | undefined): Promise<TopicInfo> {
  let folders = 0
  for (const name of await readdir(topicFolder))
    if (/^\d{1,4}$/.test(name)) folders = Math.max(folders, Number(name) + 1)
  const text = await readFile(join(topicFolder, 'topic.json'), 'utf8').catch(() => '')
  const info = parse(text)
  if (info === undefined && folders > 0) {
    log?.warn(
      { topicFolder, partitions: folders },
      'topic.json is missing or damaged: went by the folders, without retention'
    )
  }
  return { partitions: Math.max(folders, info?.partitions ?? 0), retention: info?.retention }
}

function parse(text: string): TopicInfo | undefined {
  try {
    const { partitions, retention } = JSON.parse(text)
    if (!Number.isInteger(partitions) || partitions < 1) return undefined
    return { partitions, retention: retention ?? undefined }
  } catch {
    return undefined
  }
}
