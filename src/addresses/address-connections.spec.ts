import { AddressConnections } from './address-connections.js';

const HERE = '192.0.2.1';

describe('AddressConnections', () => {
  it('has room for as many as one address may have, then tells a few, then none', () => {
    const connections = new AddressConnections(2);
    const places = Array.from({ length: 67 }, () => connections.enter(HERE));

    expect(places.slice(0, 3)).toEqual(['in', 'in', 'crowded']);
    expect(places.slice(-2)).toEqual(['crowded', 'none']);
    expect(connections.enter('192.0.2.2')).toBe('in');
  });

  it('has room again for each that has left, and remembers nobody who is not there', () => {
    const connections = new AddressConnections(1);
    connections.enter(HERE);
    connections.leave(HERE);

    expect(connections.size).toBe(0);
    expect(connections.enter(HERE)).toBe('in');
  });

  it('counts the addresses of one IPv6 network together', () => {
    const connections = new AddressConnections(1);

    expect(connections.enter('2001:db8::1')).toBe('in');
    expect(connections.enter('2001:db8::2')).toBe('crowded');
  });

  it('has room for all without a bound', () => {
    const connections = new AddressConnections(0);

    expect(Array.from({ length: 100 }, () => connections.enter(HERE)).every((place) => place === 'in')).toBe(true);
    expect(connections.size).toBe(0);
  });
});
