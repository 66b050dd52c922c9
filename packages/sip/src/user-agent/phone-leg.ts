import type { AgentContext } from './agent-context.ts';
import type { Dialog } from './dialog.ts';
import { SipFailure } from './failure.ts';
import type { Invitation } from './invitation.ts';
import type { Answer, Info, Leg, Reason } from './leg.ts';
import { notSent } from './release.ts';
import type { SavedLeg } from './saved-leg.ts';

/** A leg through its phases. It begins with an invitation, or with the confirmed dialog of another process. */
export class PhoneLeg implements Leg {
  readonly #agent: AgentContext;
  readonly #invitation: Invitation | undefined;
  readonly #adopted: Dialog | undefined;
  #hangingUp: Promise<boolean> | undefined;

  constructor(agent: AgentContext, begin: { readonly invitation: Invitation } | { readonly dialog: Dialog }) {
    this.#agent = agent;
    this.#invitation = 'invitation' in begin ? begin.invitation : undefined;
    this.#adopted = 'dialog' in begin ? begin.dialog : undefined;
  }

  get #dialog(): Dialog | undefined {
    return this.#adopted ?? this.#invitation?.dialog;
  }

  get saved(): SavedLeg {
    return (this.#dialog ?? (this.#invitation as Invitation)).saved;
  }

  get responded(): boolean {
    return this.#invitation?.responded ?? true;
  }

  get refreshEvery(): number | undefined {
    return this.#dialog?.timer.refreshEvery;
  }

  async call(): Promise<Answer> {
    if (this.#invitation === undefined) throw new Error('a confirmed leg cannot be called');
    return this.#invitation.call();
  }

  async reInvite(offer: string | undefined): Promise<Answer> {
    return this.#confirmed().reInvite(offer);
  }

  async refresh(): Promise<Answer> {
    return this.#confirmed().refresh();
  }

  async isAlive(): Promise<boolean> {
    return this.#confirmed().isAlive();
  }

  async sendInfo(info: Info): Promise<void> {
    return this.#confirmed().sendInfo(info);
  }

  #confirmed(): Dialog {
    if (this.#dialog === undefined) throw new SipFailure(481, 'the phone has not answered', true);
    return this.#dialog;
  }

  hangUp(reason?: Reason): Promise<boolean> {
    this.#hangingUp ??= this.#end(reason).catch(notSent(this.#agent));
    return this.#hangingUp;
  }

  async #end(reason?: Reason): Promise<boolean> {
    const parts = [this.#dialog, this.#invitation].map((part) => part?.hangUp(reason) ?? true);
    return (await Promise.all(parts)).every(Boolean);
  }

  handOver(): void {
    this.#invitation?.handOver();
    this.#dialog?.finish();
    this.#dialog?.session.dispose();
  }
}
