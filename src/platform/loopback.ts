/** Whether a host is this machine: `localhost`, 127.0.0.0/8 or ::1, as a URL or the system writes them. */
export function isLoopbackHost(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/.test(host);
}
