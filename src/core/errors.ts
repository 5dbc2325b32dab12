import type { Role } from '#core/ports/chat.ts';

/** What a person can do something about, with what its sentence (`errors.<code>`) needs. */
export interface UserErrors {
  'command.unknown': { command: string; nearest: string };
  'command.unexpected': { text: string; command: string };
  'command.none': Record<never, never>;
  'option.unknown': { option: string; nearest: string };
  'option.none': { option: string };
  'option.missingValue': { option: string };
  'option.integer': { option: string; value: string; min: number; max: number };
  'option.ratio': { option: string; value: string };
  'option.ratioTooLong': { option: string; value: string; max: number };
  'option.numbers': { value: string };
  'option.choice': { option: string; value: string; choices: string[] };
  /** Of what is typed without a flag. */
  'word.choice': { value: string; choices: string[] };
  'word.near': { value: string; near: string; choices: string[] };
  'word.integer': { value: string; min: number; max: number };
  'word.text': { length: number; max: number };
  'option.model': { value: string; nearest: string; models: string[] };
  'option.timeZone': { value: string };
  'option.language': { value: string; choices: string[] };
  'option.text': { option: string; length: number; max: number };
  'option.noQuality': { value: string };
  'option.name': { option: string; value: string };
  'preset.unknown': { name: string; nearest: string };
  'preset.none': { name: string };
  'preset.unnamed': { action: string };
  'person.missing': { text: string };
  'person.unknown': { name: string };
  'platformRole.missing': { text: string };
  'platformRole.unknown': { name: string };
  'why.unnamed': Record<never, never>;
  'role.unknown': { value: string; choices: string[] };
  'role.ownersOnly': Record<never, never>;
  'role.ownerStays': { name: string };
  'role.lastOwner': Record<never, never>;
  'role.mapOwner': Record<never, never>;
  'elsewhere.left': { place: string };
  'elsewhere.untold': { place: string };
  'policy.model': { scope: 'workspace' | 'channel'; who: Role; model: string; models: string[] };
  'policy.noModel': { scope: 'workspace' | 'channel'; who: Role; model: string };
  'policy.images': { scope: 'workspace' | 'channel'; who: Role; count: number; max: number };
  'policy.noImages': { scope: 'workspace' | 'channel'; who: Role };
  'policy.private': { scope: 'workspace' | 'channel'; who: Role };
  'policy.style': { scope: 'workspace' | 'channel'; who: Role };
  'preset.empty': { name: string };
  'preset.tooMany': { max: number };
  'braces.unclosed': Record<never, never>;
  'braces.unopened': Record<never, never>;
  'braces.empty': Record<never, never>;
  'braces.step': Record<never, never>;
  'braces.deep': { max: number };
  'prompt.empty': Record<never, never>;
  'prompt.tooLong': { length: number; max: number };
  'prompt.blockedWord': { word: string };
  'words.verb': { value: string };
  'words.none': { verb: string };
  'words.tooLong': { word: string; max: number };
  'words.tooMany': { count: number; max: number };
  'prompt.tooMany': { count: number; max: number };
  'file.none': Record<never, never>;
  'file.type': { name: string };
  'file.encoding': Record<never, never>;
  'file.empty': Record<never, never>;
  'file.noPromptColumn': { columns: string[] };
  'file.column': { column: string; nearest: string; columns: string[] };
  'file.columnsTooMany': { number: number; max: number };
  'file.columnUnknown': { column: string; columns: string[] };
  'file.columnTwice': { column: string };
  'file.quoteOpen': { line: number };
  'file.quote': Record<never, never>;
  'file.extraCell': { value: string };
  'file.noPrompt': Record<never, never>;
  'file.flag': Record<never, never>;
  'file.separator': Record<never, never>;
  'file.tooLong': { length: number; max: number };
  'file.json': Record<never, never>;
  'file.jsonLine': Record<never, never>;
  'file.jsonList': Record<never, never>;
  'file.jsonItem': Record<never, never>;
  'file.jsonValue': Record<never, never>;
  'file.name': { value: string; max: number };
  'file.nameReserved': { value: string };
  'file.nameTwice': { value: string; row: number };
  'attachment.notImage': { name: string };
  'attachment.unsupported': { name: string };
  'attachment.tooManyPixels': { name: string };
  'attachment.damaged': { name: string };
  'attachment.unreachable': { name: string };
  'attachment.tooMany': { count: number; max: number };
  'attachment.tooLarge': { max: number };
  'attachment.unused': { command: string };
  'storage.full': Record<never, never>;
  busy: Record<never, never>;
  slow: Record<never, never>;
  tooFast: { max: number };
  'model.noReference': { model: string };
  'enhance.unavailable': Record<never, never>;
  'model.gone': { model: string; models: string[] };
  'draft.unknown': { draft: string; minutes: number };
  'draft.unnamed': Record<never, never>;
  'draft.one': { draft: string };
  'draft.whichDropped': { draft: string };
  'draft.noSuchEntry': { numbers: (number | string)[]; count: number };
  'draft.allDropped': { draft: string };
  'private.closed': Record<never, never>;
  'private.unreachable': Record<never, never>;
  'share.notPrivate': { batch: string };
  'share.nowhere': { batch: string };
  'share.cannotPost': Record<never, never>;
  'batch.unknown': { batch: string };
  'batch.whichPicture': Record<never, never>;
  'batch.whichPictures': { batch: string };
  'batch.noPicture': { batch: string; picture: number };
  'batch.pictureDeleted': { batch: string; picture: number };
  'batch.allDeleted': { batch: string };
  'batch.alreadyDeleted': { batch: string };
  'batch.nothingToDelete': { batch: string };
  'batch.preparing': { batch: string };
  'batch.finished': { batch: string };
  'batch.unnamed': Record<never, never>;
  'batch.running': { batch: string };
  'batch.noPictures': { batch: string };
  'batch.blockedHere': { batch: string };
  'pictures.what': { value: string };
  'pictures.ageRestricted': Record<never, never>;
  'batch.unfinished': { batch: string };
  'batch.noSuchPicture': { batch: string; numbers: (number | string)[]; count: number };
  'batch.pictureCame': { batch: string; numbers: (number | string)[]; typed: string; count: number };
  'batch.allCame': { batch: string };
  'batch.noneRunning': Record<never, never>;
  'upscale.tooLarge': {
    numbers: (number | string)[];
    count: number;
    side: number;
    megapixels: number;
    factor: number;
  };
  'upscale.largest': { numbers: (number | string)[]; count: number; side: number; megapixels: number };
  'upscale.notThere': { batch: string; numbers: (number | string)[]; count: number };
  'upscale.nothing': { batch: string };
  'upscale.noWords': { batch: string; picture: number };
  'link.alone': Record<never, never>;
  'link.erasing': Record<never, never>;
  'admin.keep': { value: string; max: number };
  'batch.wordsGone': { batch: string };
  'admin.onOff': { value: string };
  'privacy.nothingToKeep': Record<never, never>;
  'audit.what': { value: string };
  'link.tooLarge': { size: number; max: number };
  'quota.exceeded': { needed: number; left: number; limit: number; resetsAt: string };
  'quota.personMonth': { needed: number; left: number; limit: number; resetsAt: string };
  'quota.withGrants': { needed: number; left: number; granted: number; resetsAt: string };
  'quota.channelDay': { needed: number; left: number; limit: number; resetsAt: string };
  'quota.channelMonth': { needed: number; left: number; limit: number; resetsAt: string };
  'quota.workspaceDay': { needed: number; left: number; limit: number; resetsAt: string };
  'quota.workspaceMonth': { needed: number; left: number; limit: number; resetsAt: string };
  'quota.operatorDay': { needed: number; left: number; limit: number; resetsAt: string };
  'budget.exceeded': { resetsAt: string };
  'budget.operator': { resetsAt: string };
  'budget.text': { text: string; max: number };
  'budget.currency': { currency: string };
  'budget.prices': { currencies: string[] };
  'budget.rate': { currency: string; price: string; max: number };
  'budget.noRate': { currency: string };
  'grant.credits': { text: string; max: number };
  'grant.until': { text: string; words: string[] };
  'grant.range': { day: string; max: number };
  'approval.asked': { draft: string };
  'approval.unnamed': Record<never, never>;
  'approval.unknown': { draft: string };
  'approval.approved': { draft: string };
  'approval.denied': { draft: string };
  'approval.overLimit': { draft: string };
  'approval.tooMany': { count: number; drafts: string[]; draft: string };
  'approval.tooLong': { draft: string; length: number; max: number };
  'approval.nobody': Record<never, never>;
  'approval.notYours': { batch: string };
  'approval.noneBlocked': { batch: string };
  'approval.notBlocked': { batch: string; numbers: (number | string)[]; count: number };
  'usage.month': { text: string };
  'limit.whom': { text: string };
  'limit.credits': { text: string; max: number };
  'channel.unknown': { name: string };
  'settings.workspaceOnly': { option: string };
  'role.required': { role: Role };
  'workspace.suspended': Record<never, never>;
  'operator.unknownWorkspace': { workspace: string };
  'operator.whichWorkspace': { act: string };
  'operator.capOfWhat': Record<never, never>;
}

export type UserErrorCode = keyof UserErrors;

/** What was drawn or looked up is another's by now: the same transaction, tried again, draws and looks anew. */
export class RetryError extends Error {
  override readonly name = 'RetryError';
}

/** Where in what was typed something is wrong, from 1, in characters; without a line where there is only one. */
export interface Place {
  line?: number;
  column: number;
}

/** A refusal that a person reads. Nothing was changed and nothing charged. */
export class UserError<C extends UserErrorCode = UserErrorCode> extends Error {
  readonly code: C;
  readonly values: UserErrors[C];
  place: Place | undefined;

  constructor(code: C, ...values: UserErrors[C] extends Record<never, never> ? [UserErrors[C]?] : [UserErrors[C]]) {
    super(code);
    this.name = 'UserError';
    this.code = code;
    this.values = values[0] ?? ({} as UserErrors[C]);
  }

  /** The same with its place. */
  at(place: Place): this {
    this.place = place;
    return this;
  }
}
