import type { Dialog } from './dialog.ts';
import type { Invitation } from './invitation.ts';
import type { Answer, Leg, Reason } from './leg.ts';
import type { SavedLeg } from './saved-leg.ts';
import { SipFailure } from './sip-failure.ts';

/** A leg through its phases: called by this node, or confirmed from the beginning. */
export class PhoneLeg implements Leg {
  readonly #invitation: Invitation | undefined;
  readonly #adopted: Dialog | undefined;
  #hangingUp: Promise<boolean> | undefined;

  constructor(part: { readonly invitation: Invitation } | { readonly dialog: Dialog }) {
    this.#invitation = 'invitation' in part ? part.invitation : undefined;
    this.#adopted = 'dialog' in part ? part.dialog : undefined;
  }

  get #dialog(): Dialog | undefined {
    return this.#adopted ?? this.#invitation?.dialog;
  }

  get saved(): SavedLeg {
    return (this.#dialog ?? (this.#invitation as Invitation)).saved;
  }

  get refreshEvery(): number | undefined {
    return this.#dialog?.timer.refreshEvery;
  }

  async call(): Promise<Answer> {
    if (this.#invitation === undefined) throw new Error('a leg that is confirmed cannot be called');
    return this.#invitation.call();
  }

  async reInvite(offer: string | undefined): Promise<Answer> {
    return this.#confirmed().reInvite(offer);
  }

  async refresh(): Promise<Answer> {
    return this.#confirmed().refresh();
  }

  #confirmed(): Dialog {
    if (this.#dialog === undefined) throw new SipFailure(481, 'the phone has not answered', true);
    return this.#dialog;
  }

  hangUp(reason?: Reason): Promise<boolean> {
    this.#hangingUp ??= this.#end(reason).catch(() => false);
    return this.#hangingUp;
  }

  async #end(reason?: Reason): Promise<boolean> {
    return (this.#dialog ?? (this.#invitation as Invitation)).hangUp(reason);
  }

  letGo(): void {
    this.#invitation?.letGo();
    this.#dialog?.finish();
    this.#dialog?.session.dispose();
  }
}
