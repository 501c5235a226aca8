import { ConfigurationError } from '../../contracts/errors.js';
import { parentPath } from '../../contracts/repository-path.js';

const REGEX_PREFIX = 'regex:';
/** Folders whose verdict is remembered; neighbours share their folder, so a small number serves any tree. */
const MAX_REMEMBERED_FOLDERS = 10_000;

interface RuleList {
  paths: ReadonlySet<string>;
  patterns: readonly RegExp[];
}

/**
 * Which assets are processed at all (http-api.md, "What is never processed"). The nearest rule up the tree decides;
 * patterns are held against the whole path of the asset; ignore wins over enable at the same place.
 */
export class PathRules {
  private readonly enabled: RuleList;
  private readonly ignored: RuleList;
  private readonly folderVerdicts = new Map<string, boolean>();

  /** @throws ConfigurationError for a pattern that is no regular expression. */
  constructor(enabledPaths: readonly string[], ignoredPaths: readonly string[]) {
    this.enabled = ruleList('enabledPaths', enabledPaths);
    this.ignored = ruleList('ignoredPaths', ignoredPaths);
  }

  allows(path: string): boolean {
    if (this.ignored.paths.has(path) || matches(this.ignored, path)) return false;
    if (this.enabled.paths.has(path) || matches(this.enabled, path)) return true;
    return this.folderAllows(parentPath(path));
  }

  private folderAllows(folder: string): boolean {
    const known = this.folderVerdicts.get(folder);
    if (known !== undefined) return known;
    const verdict = this.ignored.paths.has(folder)
      ? false
      : this.enabled.paths.has(folder) || (folder !== '/' && this.folderAllows(parentPath(folder)));
    if (this.folderVerdicts.size >= MAX_REMEMBERED_FOLDERS) this.folderVerdicts.clear();
    this.folderVerdicts.set(folder, verdict);
    return verdict;
  }
}

function matches(list: RuleList, path: string): boolean {
  return list.patterns.some((pattern) => pattern.test(path));
}

function ruleList(setting: string, rules: readonly string[]): RuleList {
  const patterns = rules.filter((rule) => rule.startsWith(REGEX_PREFIX)).map((rule) => compile(setting, rule));
  const paths = rules.filter((rule) => !rule.startsWith(REGEX_PREFIX)).map((path) => path.replace(/(?<=.)\/+$/, ''));
  return { paths: new Set(paths), patterns };
}

function compile(setting: string, rule: string): RegExp {
  try {
    return new RegExp(`^(?:${rule.slice(REGEX_PREFIX.length)})$`, 'u');
  } catch (cause) {
    throw new ConfigurationError(`${setting}: "${rule}" is not a valid regular expression.`, { cause });
  }
}
