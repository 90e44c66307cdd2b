import type { ComponentChildren } from 'preact';

/** A part of a screen with a heading. */
export function Section(props: {
  readonly title: string;
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  return (
    <section class="card">
      <header>
        <h2>{props.title}</h2>
        {props.aside}
      </header>
      {props.children}
    </section>
  );
}

/** Why nothing is there, and what would fill it. */
export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** What went wrong with something that was asked for, in the server's words. */
export function Failure({
  error,
}: {
  readonly error: { readonly message: string; readonly hint?: string | null };
}) {
  return (
    <p class="failure" role="alert">
      {error.message}
      {error.hint == null ? null : <> — {error.hint}</>}
    </p>
  );
}
