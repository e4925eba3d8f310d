/** What went wrong between here and the API server, in words that say what to do. */
import { ApiError, ConnectionError } from '../kube/api.ts';

const notInstalled = 'the cluster does not know the kinds of Stateward; `kubectl stateward install-crds` installs them';

export function describeFailure(error: unknown): string {
  if (error instanceof ApiError) return describeRefusal(error);
  if (error instanceof ConnectionError) return `no answer from the API server: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

function describeRefusal({ status, reason, message }: ApiError): string {
  if (status === 403) return describeForbidden(message);
  if (status === 401)
    return 'the API server does not know you: the credentials of the kubeconfig are wrong or out of date';
  // A known kind without the object answers with the reason NotFound.
  if (status === 404 && reason !== 'NotFound') return notInstalled;
  return `the API server refuses: ${message}`;
}

/** As the RBAC authorizer words it (apiserver `pkg/endpoints/handlers/responsewriters/errors.go`, `ForbiddenMessage`). */
const forbidden =
  /User "(?<user>[^"]*)" cannot (?<verb>\S+) resource "(?<resource>[^"]+)" in API group "(?<group>[^"]*)"(?: in the namespace "(?<namespace>[^"]*)")?/;

function describeForbidden(message: string): string {
  const { user, verb, resource = '', group = '', namespace } = forbidden.exec(message)?.groups ?? {};
  if (verb === undefined) return `the API server refuses: ${message}`;
  const [plural, subresource] = resource.split('/');
  const what = [
    `${plural}${group === '' ? '' : `.${group}`}`,
    ...(subresource === undefined ? [] : [subresource]),
  ].join('/');
  const where = namespace === undefined ? 'at the scope of the cluster' : `in namespace ${namespace}`;
  return `${user} may not ${verb} ${what} ${where}: a role must allow the verb ${verb} on ${resource} of the API group "${group}"`;
}
