/**
 * The words that the house does not use, each with the word to use instead; `docs/glossary.md` says what those mean. Two lists,
 * because a word that is wrong as a name may be plain English in a sentence.
 */

/** A word that no identifier and no file name may contain, as one of the words that it is made of. */
export interface RefusedName {
  readonly words: readonly string[];
  readonly use: string;
  /** Whole names that mean something else. */
  readonly except?: RegExp;
  /** Files in which the word is a name of the public surface. */
  readonly publicIn?: RegExp;
}

/** A phrase that no comment may contain; with `inMessages`, no string of the sources either. */
export interface RefusedPhrase {
  /** Global. It is matched against the comment as one line. */
  readonly pattern: RegExp;
  readonly use: string;
  readonly inMessages?: boolean;
}

export const REFUSED_NAMES: readonly RefusedName[] = [
  {
    words: ['place', 'places'],
    use: 'permit or semaphore (of a runner), else location or position',
    except: /^inPlace$/,
    // The details of DuplicateName.
    publicIn: /^packages\/(?:kernel\/src\/errors\/|engine\/src\/runs\/name-claims)/,
  },
  { words: ['placed'], use: 'offloaded' },
  {
    words: ['parked', 'parking', 'asleep', 'resident', 'residents'],
    use: 'evicted (a run taken from memory), waiting or inMemory',
  },
  // A field of a backup's report.
  { words: ['away', 'elsewhere'], use: 'remote, or what is missing', except: /^blobsElsewhere$/ },
  // --quiet is an option of the command line.
  { words: ['quiet'], use: 'idle', except: /^(?:is)?[Qq]uiet$/ },
  { words: ['hint', 'hints', 'hinted'], use: 'notification' },
  { words: ['heed', 'heeded', 'notice', 'noticed'], use: 'handle' },
  {
    words: ['tell', 'tells', 'told', 'hear', 'hears', 'heard', 'ears', 'asked'],
    use: 'report, notify, request, message or listener',
  },
  { words: ['unheard'], use: 'unhandled' },
  { words: ['obtain', 'obtained'], use: 'resolve' },
  { words: ['lose', 'loses'], use: 'leaseLost or abandon' },
  { words: ['waker'], use: 'runPoller' },
  {
    words: ['begun', 'began', 'adopt', 'adopted', 'launch', 'launched', 'execute'],
    use: 'submit, start, attempt or call',
  },
  { words: ['judge', 'judged', 'conclude', 'concluded'], use: 'classify, check or record' },
  { words: ['somebody', 'nobody', 'whoever', 'who'], use: 'the noun that is meant' },
];

const NOUN = 'the noun that is meant';

export const REFUSED_PHRASES: readonly RefusedPhrase[] = [
  { pattern: /\b(?:some|no|any|every)body\b|\bwho(?:m|so)?ever\b/gi, use: NOUN, inMessages: true },
  { pattern: /^(?:What|Whatever|Who)\b(?!.*\?$)/g, use: 'a noun as the subject of the sentence' },
  // To tell apart is plain English; a process that is told something is not.
  {
    pattern: /\bt(?:ells?|elling|old)\b(?! (?:\S+ ){0,4}?(?:apart|from|truth)\b)/gi,
    use: 'report, say, show or notify',
  },
  { pattern: /\b(?:hears?|heard|heeds?|heeded)\b/gi, use: 'receive or handle' },
  { pattern: /\b(?:asleep|at rest|waker|unheard)\b/gi, use: 'waiting, idle, run poller or unhandled' },
  { pattern: /\b(?:un)?park(?:ed|ing)\b/gi, use: 'evicted, eviction' },
  { pattern: /\blets? (?:\S+ )?go\b(?! on)/gi, use: 'release, evict or drain' },
  {
    pattern: /\b(?:run|runs|tree|trees|body|bodies) (?:that )?(?:is|are|was|were) (?:away|elsewhere|dropped|held)\b/gi,
    use: 'remote, evicted or owned',
  },
  { pattern: /\bhe?lds? by (?:another|this|that|the same|its|a) (?:process|session)\b/gi, use: 'owned by' },
  {
    pattern:
      /\bplace holders?\b|\bplaces? in the runner\b|\b(?:waits? for|needs?|free) (?:a|its|the|their)? ?places?\b/gi,
    use: 'permit',
  },
  { pattern: /\bhint(?:s|ed)?\b/gi, use: 'notification' },
  { pattern: /\bg(?:ive|ives|iven|ave|iving) up\b/gi, use: 'abandon' },
  { pattern: /\b(?:takes?|took|taking) effect\b/gi, use: 'commit effects, apply' },
  { pattern: /\bcarr(?:y|ies|ied|ying) (?:it |them )?out\b/gi, use: 'apply or run' },
  { pattern: /\bdecid(?:e|es|ed) again\b/gi, use: 'retry on conflict' },
  {
    pattern: /\bjudg(?:e|es|ed|ing)\b|\badopt(?:s|ed)?\b|\bconclud(?:e|es|ed)\b/gi,
    use: 'classify, take over or record',
  },
];
