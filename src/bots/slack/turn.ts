/** What goes back with an acknowledgement: nothing, a message, or what a form is to do. */
export type Acknowledgement = Record<string, unknown> | string | undefined;

/** The one chance to answer a delivery itself. */
export interface Turn {
  isOpen(): boolean;
  /** The first one counts. */
  acknowledge(body?: Acknowledgement): void;
  readonly acknowledged: Promise<Acknowledgement>;
}

/** Ends by itself after `deferAfterMs`, as Slack waits for three seconds only; never when that is undefined. */
export function createTurn(deferAfterMs: number | undefined): Turn {
  const { promise, resolve } = Promise.withResolvers<Acknowledgement>();
  let open = true;
  const acknowledge = (body?: Acknowledgement): void => {
    if (!open) return;
    open = false;
    clearTimeout(timer);
    resolve(body);
  };
  const timer = deferAfterMs === undefined ? undefined : setTimeout(acknowledge, deferAfterMs);
  return {
    isOpen: () => open,
    acknowledge,
    acknowledged: promise,
  };
}
