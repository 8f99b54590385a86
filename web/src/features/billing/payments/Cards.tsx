// Saved cards: the default first, another one to add, and each can be taken away.
import { ActionIcon, Alert, Badge, Button, Group, Menu, Modal, Skeleton, Text, Tooltip } from '@mantine/core'
import { IconCreditCard, IconDots, IconPlus } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import * as calls from '../../../api/calls'
import { useMe } from '../../../api/queries'
import type { Card, PaymentMethod } from '../../../api/types'
import { useNow } from '../../../ui/clock'
import { sentence } from '../../../ui/sentence'
import { Failed } from '../Failed'
import { useCardName } from './CardName'
import { useCards, useDefaultCard, useMethods, useRemoveCard, useSaveCard } from './queries'
import { StripeForm } from './StripeForm'
import { expiry, isExpired } from './ways'
import classes from './payments.module.css'

/** The test method names its cards after what will become of payments with them. */
const TEST_CARDS = ['test_card_pays', 'test_card_declines'] as const

export function Cards() {
  const { t } = useTranslation('payments')
  const cards = useCards()
  const methods = useMethods()
  const owner = useMe().agent.role === 'owner'
  const [removing, setRemoving] = useState<Card | null>(null)
  return (
    <section className={classes.section} aria-label={t('cards.title')}>
      <div className={classes.head}>
        <h2>{t('cards.title')}</h2>
        {methods.data && methods.data.length > 0 && <AddCard methods={methods.data} allowed={owner} />}
      </div>
      {cards.isError ? <Failed text={t('cards.failed')} onRetry={() => void cards.refetch()} /> : !cards.data ? <Skeleton height={56} /> : null}
      {cards.data?.length === 0 && <p className={classes.none}>{t(methods.data?.length === 0 ? 'cards.noMethod' : 'cards.none')}</p>}
      {cards.data && cards.data.length > 0 && (
        <ul className={classes.cards}>
          {cards.data.map((card) => (
            <CardLine key={card.id} card={card} owner={owner} onRemove={() => setRemoving(card)} />
          ))}
        </ul>
      )}
      <RemoveCard card={removing} onClose={() => setRemoving(null)} />
    </section>
  )
}

function CardLine({ card, owner, onRemove }: { card: Card; owner: boolean; onRemove: () => void }) {
  const { t } = useTranslation('payments')
  const name = useCardName()(card)
  const now = useNow(60_000)
  const makeDefault = useDefaultCard()
  const expired = isExpired(card, now)
  return (
    <li className={classes.card}>
      <IconCreditCard size={20} aria-hidden />
      <div className={classes.cardText}>
        <strong>{name}</strong>
        <span className={expired ? classes.bad : classes.help}>{t(expired ? 'card.expired' : 'card.expires', { when: expiry(card) })}</span>
      </div>
      {card.is_default && <Badge variant="light" tt="none" className={classes.badge} data-tone="teal">{t('card.default')}</Badge>}
      {owner && (
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon aria-label={t('cards.menu', { card: name })} loading={makeDefault.isPending}>
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {!card.is_default && <Menu.Item onClick={() => makeDefault.mutate(card.id)}>{t('cards.makeDefault')}</Menu.Item>}
            <Menu.Item color="red" onClick={onRemove}>{t('cards.remove')}</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
    </li>
  )
}

function RemoveCard({ card, onClose }: { card: Card | null; onClose: () => void }) {
  const { t } = useTranslation('payments')
  const name = useCardName()
  const remove = useRemoveCard()
  return (
    <Modal opened={card !== null} onClose={onClose} title={t('cards.removeTitle')} closeButtonProps={{ 'aria-label': t('close') }}>
      {card && (
        <>
          <Text size="sm">{t('cards.removeText', { card: name(card) })}</Text>
          {remove.error && <Alert color="red" role="alert" mt="sm">{sentence(remove.error, t('unreachable'))}</Alert>}
          <Group justify="flex-end" mt="md">
            <Button variant="default" onClick={onClose} data-autofocus>{t('cancel')}</Button>
            <Button color="red" loading={remove.isPending} onClick={() => remove.mutate(card.id, { onSuccess: onClose })}>{t('cards.remove')}</Button>
          </Group>
        </>
      )}
    </Modal>
  )
}

function AddCard({ methods, allowed }: { methods: PaymentMethod[]; allowed: boolean }) {
  const { t } = useTranslation('payments')
  const save = useSaveCard()
  const begin = useMutation({ mutationFn: () => calls.beginCard('stripe') })
  const setup = begin.data
  const stripe = methods.some((method) => method.name === 'stripe')
  const test = methods.some((method) => method.name === 'test')
  const error = save.error ?? begin.error
  const finish = (setupId: string | null) => save.mutate({ method: 'stripe', setupId: setupId ?? setup?.setup_id ?? '' }, { onSuccess: () => begin.reset() })
  return (
    <div className={classes.add}>
      <Menu position="bottom-end" disabled={!allowed}>
        <Menu.Target>
          <Tooltip label={t('ownerOnly')} disabled={allowed}>
            <Button size="xs" variant="default" leftSection={<IconPlus size={16} />} disabled={!allowed} loading={save.isPending || begin.isPending}>
              {t('cards.add')}
            </Button>
          </Tooltip>
        </Menu.Target>
        <Menu.Dropdown>
          {stripe && <Menu.Item leftSection={<IconCreditCard size={16} />} onClick={() => begin.mutate()}>{t('cards.addReal')}</Menu.Item>}
          {test && TEST_CARDS.map((id) => <Menu.Item key={id} onClick={() => save.mutate({ method: 'test', setupId: id })}>{t(`cards.${id}`)}</Menu.Item>)}
        </Menu.Dropdown>
      </Menu>
      {error && <span className={classes.bad} role="alert">{sentence(error, t('unreachable'))}</span>}
      <Modal opened={setup !== undefined} onClose={() => begin.reset()} title={t('cards.addTitle')} closeButtonProps={{ 'aria-label': t('close') }}>
        {setup && <StripeForm purpose="save" action={t('cards.saveCard')} publishableKey={setup.publishable_key} clientSecret={setup.client_secret} onDone={finish} onCancel={() => begin.reset()} />}
      </Modal>
    </div>
  )
}
