import assert from 'node:assert/strict';
import fc from 'fast-check';
import { aclOperations, aclResourceTypes } from '../../../crds/kafka-user.ts';
import { type AclBinding, quotaKeys } from '../admin/user-admin.ts';
import { MemoryUsers } from '../testing/memory-users.ts';
import { changesOf, type UserChanges, userChanges, type WantedUser } from './changes.ts';
import { aclKey } from './user.ts';

const names = ['ann', 'ben', 'cid', 'dan'] as const;
const [ann, ben, cid, dan] = names;

const acl = (user: string): fc.Arbitrary<AclBinding> =>
  fc.record({
    user: fc.constant(user),
    type: fc.constantFrom(...aclResourceTypes),
    name: fc.constantFrom('a', 'b', '*'),
    pattern: fc.constantFrom('Literal', 'Prefix'),
    operation: fc.constantFrom(...aclOperations),
    permission: fc.constantFrom('Allow', 'Deny'),
    host: fc.constantFrom('*', '10.0.0.1'),
  });
const unique = (acls: AclBinding[]): AclBinding[] => [...new Map(acls.map((one) => [aclKey(one), one])).values()];
const quotas = fc
  .uniqueArray(fc.constantFrom(...quotaKeys))
  .map((keys) => new Map(keys.map((key, index) => [key, index + 1])));
const user = (name: string): fc.Arbitrary<WantedUser> =>
  fc.record({
    name: fc.constant(name),
    acls: fc.array(acl(name), { maxLength: 6 }).map(unique),
    quotas,
    password: fc.constantFrom('Known', 'New', 'None'),
  });

const present = fc
  .tuple(fc.array(fc.constantFrom(...names).chain(acl), { maxLength: 12 }), fc.subarray([...names]), fc.array(quotas))
  .map(([acls, passwords, all]) => {
    const found = new MemoryUsers();
    found.addAcls(acls);
    found.alterPasswords(passwords.map(credential), []);
    found.alterQuotas(new Map(all.slice(0, 4).map((one, index) => [names[index] ?? '', one])));
    return found;
  });

function credential(name: string) {
  return { user: name, iterations: 4096, salt: Buffer.alloc(0), saltedPassword: Buffer.from('old') };
}

function carryOut(changes: UserChanges, kafka: MemoryUsers): void {
  kafka.removeAcls(changes.removeAcls);
  kafka.addAcls(changes.addAcls);
  kafka.alterQuotas(changes.quotas);
  kafka.alterPasswords(changes.setPasswords.map(credential), changes.removePasswords);
}

function ofUser(kafka: MemoryUsers, name: string) {
  const acls = [...kafka.acls].filter(([, { user: owner }]) => owner === name).map(([key]) => key);
  return {
    acls: acls.toSorted(),
    quotas: [...(kafka.quotas.get(name) ?? [])].toSorted(),
    password: kafka.passwords.has(name),
  };
}

describe('changes of users', () => {
  it('lead to what is wanted, and touch nobody else', () => {
    const property = fc.property(user(ann), user(ben), present, (one, other, kafka) => {
      const stranger = ofUser(kafka, dan);
      carryOut(userChanges([one, other], [cid], kafka.users()), kafka);
      for (const { name, acls, quotas: wanted, password } of [one, other])
        assert.deepEqual(ofUser(kafka, name), {
          acls: acls.map(aclKey).toSorted(),
          quotas: [...wanted].toSorted(),
          password: password !== 'None',
        });
      assert.deepEqual(ofUser(kafka, cid), { acls: [], quotas: [], password: false });
      assert.deepEqual(ofUser(kafka, dan), stranger);
      const settled = [one, other].map(
        (each) => ({ ...each, password: each.password === 'New' ? 'Known' : each.password }) satisfies WantedUser,
      );
      assert.deepEqual(userChanges(settled, [cid], kafka.users()), {
        setPasswords: [],
        removePasswords: [],
        addAcls: [],
        removeAcls: [],
        quotas: new Map(),
      });
    });
    fc.assert(property);
  });

  it('ask for no rules where Kafka takes none', () => {
    const kafka = new MemoryUsers();
    kafka.authorizer = false;
    const [rule] = fc.sample(acl(ann), 1);
    const wanted = { name: ann, acls: rule === undefined ? [] : [rule], quotas: new Map(), password: 'Known' as const };
    const { addAcls, setPasswords } = userChanges([wanted], [], kafka.users());
    assert.deepEqual([addAcls, setPasswords], [[], [ann]]);
  });

  it('are told of each user', () => {
    const rule = (name: string): AclBinding => ({
      user: ann,
      type: 'Topic',
      name,
      pattern: 'Literal',
      operation: 'Read',
      permission: 'Allow',
      host: '*',
    });
    const changes: UserChanges = {
      setPasswords: [ann],
      removePasswords: [],
      addAcls: [rule('a'), rule('b')],
      removeAcls: [rule('c')],
      quotas: new Map([[ann, new Map()]]),
    };
    assert.equal(changesOf(ann, changes), 'sets the password, adds 2 of its ACLs, removes 1 ACLs, sets its quotas');
    assert.equal(changesOf(ben, changes), undefined);
  });
});
